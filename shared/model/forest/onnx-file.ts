import { ProtobufReader } from './protobuf-reader.ts';

/** Operators of a graph, and names, extents and attributes of each. */
const maxNodes = 10_000;
const maxParts = 100;

/** A named input or output of a graph; its element type as ONNX counts them (1 is float32), 0 for no tensor. */
export interface OnnxValue {
  name: string;
  elementType: number;
  /** The fixed extents of a tensor; null where one is open. */
  dims: (number | null)[];
}

/** A tensor of numbers: its element type as ONNX counts them (1 is float32), 0 where it is of a kind not read here. */
export interface OnnxTensor {
  elementType: number;
  numbers: number[];
}

/** An attribute of an operator. Graphs inside it, and what is no number, text or tensor, are only counted. */
export interface OnnxAttribute {
  float: number | null;
  integer: number | null;
  text: string | null;
  floats: number[];
  integers: number[];
  texts: string[];
  /** Reads its tensor, which may be large and of no use; null where it has none. */
  tensor: (() => OnnxTensor) | null;
  graphs: number;
  others: number;
}

export interface OnnxNode {
  operator: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, OnnxAttribute>;
}

/** The parts of an ONNX file that a forest needs. */
export interface OnnxModel {
  nodes: OnnxNode[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  initializers: number;
  /** Operators that the file itself defines. */
  functions: number;
}

/** Reads an ONNX file; what is none, or is cut off, throws an Error that says where. Subgraphs are not entered. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  let graph: OnnxModel | null = null;
  let irVersion: number | null = null;
  let functions = 0;
  const reader = new ProtobufReader(bytes);
  each(reader, {
    1: () => (irVersion = reader.integer()),
    7: () => {
      if (graph) throw new Error('the file has two graphs');
      graph = readGraph(reader.message());
    },
    25: () => functions++,
  });
  if (irVersion === null) throw new Error('the file has no ir_version');
  if (!graph) throw new Error('the file has no graph');
  return Object.assign(graph as OnnxModel, { functions });
}

/** Calls the handler of each field of a message; other fields are skipped. */
function each(reader: ProtobufReader, handlers: Record<number, () => void>): void {
  while (reader.next()) handlers[reader.number]?.();
}

function add<T>(list: T[], item: T): void {
  if (list.push(item) > maxParts) throw new Error(`an operator or graph has more than ${maxParts} inputs or outputs`);
}

function readGraph(reader: ProtobufReader): OnnxModel {
  const model: OnnxModel = { nodes: [], inputs: [], outputs: [], initializers: 0, functions: 0 };
  each(reader, {
    1: () => {
      if (model.nodes.push(readNode(reader.message())) > maxNodes)
        throw new Error(`the graph has more than ${maxNodes} operators`);
    },
    5: () => model.initializers++,
    11: () => add(model.inputs, readValue(reader.message())),
    12: () => add(model.outputs, readValue(reader.message())),
    15: () => model.initializers++,
  });
  return model;
}

function readNode(reader: ProtobufReader): OnnxNode {
  const node: OnnxNode = { operator: '', domain: '', inputs: [], outputs: [], attributes: new Map() };
  each(reader, {
    1: () => add(node.inputs, reader.text()),
    2: () => add(node.outputs, reader.text()),
    4: () => (node.operator = reader.text()),
    5: () => {
      const { name, attribute } = readAttribute(reader.message());
      if (node.attributes.has(name)) throw new Error(`the operator ${node.operator} has two attributes ${name}`);
      if (node.attributes.set(name, attribute).size > maxParts)
        throw new Error(`the operator ${node.operator} has more than ${maxParts} attributes`);
    },
    7: () => (node.domain = reader.text()),
  });
  return node;
}

/** An attribute that says nothing. */
export const emptyAttribute = (): OnnxAttribute => ({
  ...{ float: null, integer: null, text: null, tensor: null, graphs: 0, others: 0 },
  ...{ floats: [], integers: [], texts: [] },
});

function readAttribute(reader: ProtobufReader): { name: string; attribute: OnnxAttribute } {
  let name = '';
  const attribute = emptyAttribute();
  const other = () => attribute.others++;
  const graph = () => attribute.graphs++;
  each(reader, {
    1: () => (name = reader.text()),
    2: () => (attribute.float = reader.float()),
    3: () => (attribute.integer = reader.integer()),
    4: () => (attribute.text = reader.text()),
    5: () => {
      const message = reader.message();
      let tensor: OnnxTensor | null = null;
      attribute.tensor = () => (tensor ??= readTensor(message));
    },
    ...{ 6: graph, 11: graph },
    ...{ 10: other, 14: other, 15: other, 22: other, 23: other },
    7: () => reader.pushFloats(attribute.floats),
    8: () => reader.pushIntegers(attribute.integers),
    9: () => attribute.texts.push(reader.text()),
  });
  return { name, attribute };
}

/** The bytes of an element of the tensors that are read here, by its type: float32, uint8 and float64. */
const elementBytes: Record<number, 1 | 4 | 8> = { 1: 4, 2: 1, 11: 8 };

function readTensor(reader: ProtobufReader): OnnxTensor {
  const tensor: OnnxTensor = { elementType: 0, numbers: [] };
  const raw: ProtobufReader[] = [];
  each(reader, {
    2: () => (tensor.elementType = reader.integer()),
    4: () => reader.pushFloats(tensor.numbers),
    5: () => reader.pushIntegers(tensor.numbers),
    9: () => raw.push(reader.message()),
    10: () => reader.pushFloats(tensor.numbers, 8),
  });
  const bytes = elementBytes[tensor.elementType];
  if (!bytes) return { elementType: 0, numbers: [] };
  for (const each of raw) each.pushElements(tensor.numbers, bytes);
  return tensor;
}

function readValue(reader: ProtobufReader): OnnxValue {
  const value: OnnxValue = { name: '', elementType: 0, dims: [] };
  each(reader, {
    1: () => (value.name = reader.text()),
    2: () => {
      const type = reader.message();
      each(type, { 1: () => readTensorType(type.message(), value) });
    },
  });
  return value;
}

function readTensorType(reader: ProtobufReader, value: OnnxValue): void {
  each(reader, {
    1: () => (value.elementType = reader.integer()),
    2: () => {
      const shape = reader.message();
      each(shape, { 1: () => add(value.dims, readDim(shape.message())) });
    },
  });
}

function readDim(reader: ProtobufReader): number | null {
  let extent: number | null = null;
  each(reader, { 1: () => (extent = reader.integer()) });
  return extent;
}
