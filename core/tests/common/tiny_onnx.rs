//! ONNX models of a few bytes to a few thousand, written out field by field: to try what models can do wrong, and to
//! have networks of any shape without a framework. Field numbers and types are those of onnx.proto.

pub const FLOAT: u64 = 1;
pub const INT8: u64 = 3;
pub const INT64: u64 = 7;
pub const FLOAT16: u64 = 10;
pub const DOUBLE: u64 = 11;

/// An axis of an input or output.
#[derive(Clone, Copy)]
pub enum Axis {
    Open(&'static str),
    Fixed(u64),
}

/// An attribute of an operator.
pub enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
}

/// A graph that is written as it is built.
#[derive(Default)]
pub struct Graph {
    fields: Vec<u8>,
    names: usize,
}

impl Graph {
    pub fn input(&mut self, name: &str, element: u64, axes: &[Axis]) {
        bytes(&mut self.fields, 11, &tensor_info(name, element, axes));
    }

    pub fn output(&mut self, name: &str, element: u64, axes: &[Axis]) {
        bytes(&mut self.fields, 12, &tensor_info(name, element, axes));
    }

    /// Adds an operator with one output of that name.
    pub fn node_as(
        &mut self,
        output: &str,
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
    ) {
        self.node_with(&[output], operator, inputs, attributes);
    }

    /// Adds an operator with several outputs.
    pub fn node_with(
        &mut self,
        outputs: &[&str],
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
    ) {
        let mut node = Vec::new();
        for input in inputs {
            bytes(&mut node, 1, input.as_bytes());
        }
        for output in outputs {
            bytes(&mut node, 2, output.as_bytes());
        }
        bytes(&mut node, 4, operator.as_bytes());
        for attribute in attributes {
            bytes(&mut node, 5, &attribute.to_bytes());
        }
        bytes(&mut self.fields, 1, &node);
    }

    /// Adds an operator and gives the name of its output.
    pub fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
    ) -> String {
        let output = self.name();
        self.node_as(&output, operator, inputs, attributes);
        output
    }

    /// Adds float32 values and gives their name.
    pub fn floats(&mut self, shape: &[u64], values: &[f32]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.tensor(FLOAT, shape, &raw)
    }

    pub fn int64s(&mut self, values: &[i64]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.tensor(INT64, &[values.len() as u64], &raw)
    }

    /// Adds values of any type, little-endian.
    pub fn tensor(&mut self, element: u64, shape: &[u64], raw: &[u8]) -> String {
        let name = self.name();
        let mut tensor = tensor_head(&name, element, shape);
        bytes(&mut tensor, 9, raw);
        bytes(&mut self.fields, 5, &tensor);
        name
    }

    /// Adds float32 values that lie in the file `location`.
    pub fn external(&mut self, shape: &[u64], location: &str) -> String {
        let name = self.name();
        let mut tensor = tensor_head(&name, FLOAT, shape);
        let mut entry = Vec::new();
        bytes(&mut entry, 1, b"location");
        bytes(&mut entry, 2, location.as_bytes());
        bytes(&mut tensor, 13, &entry);
        number(&mut tensor, 14, 1);
        bytes(&mut self.fields, 5, &tensor);
        name
    }

    /// The model as the bytes of an `.onnx` file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut graph = self.fields.clone();
        bytes(&mut graph, 2, b"tiny");
        let mut opset = Vec::new();
        number(&mut opset, 2, 17);
        let mut model = Vec::new();
        number(&mut model, 1, 8);
        bytes(&mut model, 7, &graph);
        bytes(&mut model, 8, &opset);
        model
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }
}

impl Attribute<'_> {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match *self {
            Self::Int(name, value) => {
                bytes(&mut out, 1, name.as_bytes());
                number(&mut out, 3, value as u64);
                number(&mut out, 20, 2);
            }
            Self::Ints(name, values) => {
                bytes(&mut out, 1, name.as_bytes());
                for &value in values {
                    number(&mut out, 8, value as u64);
                }
                number(&mut out, 20, 7);
            }
        }
        out
    }
}

/// A model that applies the operators of `chain` to its input one after another.
pub struct TinyModel<'a> {
    pub input: &'a str,
    pub output: &'a str,
    /// Operators with one input and no attributes.
    pub chain: &'a [&'a str],
    /// Third dimension of input and output; `None` leaves it open.
    pub width: Option<u64>,
    /// Element type of both.
    pub element: u64,
}

impl Default for TinyModel<'_> {
    fn default() -> Self {
        Self {
            input: "logmel",
            output: "steps",
            chain: &["Identity"],
            width: Some(96),
            element: FLOAT,
        }
    }
}

impl TinyModel<'_> {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut graph = Graph::default();
        let mut last = self.input.to_owned();
        for operator in &self.chain[..self.chain.len() - 1] {
            last = graph.node(operator, &[&last], &[]);
        }
        graph.node_as(self.output, self.chain[self.chain.len() - 1], &[&last], &[]);
        let axes = [
            Axis::Open("batch"),
            Axis::Open("time"),
            self.width.map_or(Axis::Open("width"), Axis::Fixed),
        ];
        graph.input(self.input, self.element, &axes);
        graph.output(self.output, self.element, &axes);
        graph.to_bytes()
    }
}

fn tensor_head(name: &str, element: u64, shape: &[u64]) -> Vec<u8> {
    let mut tensor = Vec::new();
    for &size in shape {
        number(&mut tensor, 1, size);
    }
    number(&mut tensor, 2, element);
    bytes(&mut tensor, 8, name.as_bytes());
    tensor
}

fn tensor_info(name: &str, element: u64, axes: &[Axis]) -> Vec<u8> {
    let mut shape = Vec::new();
    for axis in axes {
        let mut dimension = Vec::new();
        match axis {
            Axis::Open(symbol) => bytes(&mut dimension, 2, symbol.as_bytes()),
            Axis::Fixed(size) => number(&mut dimension, 1, *size),
        }
        bytes(&mut shape, 1, &dimension);
    }
    let mut tensor = Vec::new();
    number(&mut tensor, 1, element);
    bytes(&mut tensor, 2, &shape);
    let mut kind = Vec::new();
    bytes(&mut kind, 1, &tensor);
    let mut value = Vec::new();
    bytes(&mut value, 1, name.as_bytes());
    bytes(&mut value, 2, &kind);
    value
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}
