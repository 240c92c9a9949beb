declare module 'shpjs' {
  interface ShapeCollection {
    features: { geometry: unknown }[];
  }
  export default function shp(files: { shp: Uint8Array; prj?: string }): Promise<ShapeCollection>;
}
