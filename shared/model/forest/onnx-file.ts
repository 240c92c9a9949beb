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

/** An attribute of an operator. What is not a number, text or a list of them (a tensor, a graph) is only counted. */
export interface OnnxAttribute {
  float: number | null;
  integer: number | null;
  text: string | null;
  floats: number[];
  integers: number[];
  texts: string[];
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
}

/** Reads an ONNX file; what is none, or is cut off, throws an Error that says where. Subgraphs are not entered. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  let graph: OnnxModel | null = null;
  let irVersion: number | null = null;
  const reader = new ProtobufReader(bytes);
  each(reader, {
    1: () => (irVersion = reader.integer()),
    7: () => {
      if (graph) throw new Error('the file has two graphs');
      graph = readGraph(reader.message());
    },
  });
  if (irVersion === null) throw new Error('the file has no ir_version');
  if (!graph) throw new Error('the file has no graph');
  return graph;
}

/** Calls the handler of each field of a message; other fields are skipped. */
function each(reader: ProtobufReader, handlers: Record<number, () => void>): void {
  while (reader.next()) handlers[reader.number]?.();
}

function add<T>(list: T[], item: T): void {
  if (list.push(item) > maxParts) throw new Error(`an operator or graph has more than ${maxParts} inputs or outputs`);
}

function readGraph(reader: ProtobufReader): OnnxModel {
  const model: OnnxModel = { nodes: [], inputs: [], outputs: [], initializers: 0 };
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

function readAttribute(reader: ProtobufReader): { name: string; attribute: OnnxAttribute } {
  let name = '';
  const attribute: OnnxAttribute = {
    ...{ float: null, integer: null, text: null, others: 0 },
    ...{ floats: [], integers: [], texts: [] },
  };
  const other = () => attribute.others++;
  each(reader, {
    1: () => (name = reader.text()),
    2: () => (attribute.float = reader.float()),
    3: () => (attribute.integer = reader.integer()),
    4: () => (attribute.text = reader.text()),
    ...{ 5: other, 6: other, 10: other, 11: other, 14: other, 15: other, 22: other, 23: other },
    7: () => reader.pushFloats(attribute.floats),
    8: () => reader.pushIntegers(attribute.integers),
    9: () => attribute.texts.push(reader.text()),
  });
  return { name, attribute };
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
