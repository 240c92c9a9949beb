/** OpenLayers takes attributions for markup; ours are texts of settings and of layers. */
export const attributionText = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
