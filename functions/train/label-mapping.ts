/** Source labels by class; `excluded` gives for each label that is left out the reason. */
export interface LabelMapping {
  classes: Readonly<Record<string, readonly string[]>>;
  excluded: Readonly<Record<string, string>>;
}

/** Source label -> class, null where the label is excluded. */
export type ClassOfLabel = (label: string) => string | null;

/**
 * The mapping as a function.
 *
 * @throws when a label stands twice in the mapping, and for a label that is not in it: nothing falls through silently
 */
export function classOfLabel(mapping: LabelMapping): ClassOfLabel {
  const classes = new Map<string, string | null>(Object.keys(mapping.excluded).map((label) => [label, null]));
  for (const [name, labels] of Object.entries(mapping.classes))
    for (const label of labels) {
      if (classes.has(label)) throw new Error(`label "${label}" is mapped twice`);
      classes.set(label, name);
    }
  return (label) => {
    const name = classes.get(label);
    if (name === undefined) throw new Error(`label "${label}" is neither mapped to a class nor excluded`);
    return name;
  };
}
