//! ONNX models of a few bytes, written out field by field, to try what models can do wrong.

/// A model that applies the operators of `chain` to its input one after another.
pub struct TinyModel<'a> {
    pub input: &'a str,
    pub output: &'a str,
    /// Operators with one input and no attributes.
    pub chain: &'a [&'a str],
    /// Third dimension of input and output; `None` leaves it open.
    pub width: Option<u64>,
    /// Element type of both: 1 is float32, 11 is float64.
    pub element: u64,
}

impl Default for TinyModel<'_> {
    fn default() -> Self {
        Self {
            input: "logmel",
            output: "steps",
            chain: &["Identity"],
            width: Some(96),
            element: 1,
        }
    }
}

impl TinyModel<'_> {
    /// The model as the bytes of an `.onnx` file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        for (i, operator) in self.chain.iter().enumerate() {
            let input = if i == 0 {
                self.input.to_owned()
            } else {
                format!("t{i}")
            };
            let output = if i + 1 == self.chain.len() {
                self.output.to_owned()
            } else {
                format!("t{}", i + 1)
            };
            let mut node = Vec::new();
            bytes(&mut node, 1, input.as_bytes());
            bytes(&mut node, 2, output.as_bytes());
            bytes(&mut node, 4, operator.as_bytes());
            bytes(&mut graph, 1, &node);
        }
        bytes(&mut graph, 2, b"tiny");
        bytes(&mut graph, 11, &self.tensor(self.input));
        bytes(&mut graph, 12, &self.tensor(self.output));

        let mut opset = Vec::new();
        number(&mut opset, 2, 17);
        let mut model = Vec::new();
        number(&mut model, 1, 8);
        bytes(&mut model, 7, &graph);
        bytes(&mut model, 8, &opset);
        model
    }

    fn tensor(&self, name: &str) -> Vec<u8> {
        let mut shape = Vec::new();
        for symbol in ["batch", "time"] {
            let mut dimension = Vec::new();
            bytes(&mut dimension, 2, symbol.as_bytes());
            bytes(&mut shape, 1, &dimension);
        }
        let mut dimension = Vec::new();
        match self.width {
            Some(width) => number(&mut dimension, 1, width),
            None => bytes(&mut dimension, 2, b"width"),
        }
        bytes(&mut shape, 1, &dimension);
        let mut tensor = Vec::new();
        number(&mut tensor, 1, self.element);
        bytes(&mut tensor, 2, &shape);
        let mut kind = Vec::new();
        bytes(&mut kind, 1, &tensor);
        let mut value = Vec::new();
        bytes(&mut value, 1, name.as_bytes());
        bytes(&mut value, 2, &kind);
        value
    }
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
