/** Why a file was not taken: a text of the catalog, so that a worker can say it without knowing the language. */
export interface AreaFileProblem {
  key:
    | 'areaFile.tooLarge'
    | 'areaFile.empty'
    | 'areaFile.unknownKind'
    | 'areaFile.notJson'
    | 'areaFile.notKml'
    | 'areaFile.noPolygon'
    | 'areaFile.tooManyPolygons'
    | 'areaFile.tooManyVertices'
    | 'areaFile.unknownCrs'
    | 'areaFile.noCrs'
    | 'areaFile.notDegrees'
    | 'areaFile.damagedZip'
    | 'areaFile.zipBomb'
    | 'areaFile.zipTooMany'
    | 'areaFile.noShapefile'
    | 'areaFile.manyShapefiles'
    | 'areaFile.bareShapefile'
    | 'areaFile.damagedShapefile'
    | 'areaFile.tooSlow'
    | 'areaFile.failed';
  params?: Record<string, string | number>;
}

export class AreaFileError extends Error {
  readonly problem: AreaFileProblem;

  constructor(key: AreaFileProblem['key'], params: Record<string, string | number> = {}, options?: ErrorOptions) {
    super(key, options);
    this.name = 'AreaFileError';
    this.problem = { key, params };
  }
}
