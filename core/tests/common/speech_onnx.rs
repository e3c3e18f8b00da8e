//! Networks shaped like wav2vec 2.0 and HuBERT, small and with random weights: seven convolutions over the waveform,
//! a positional convolution, and transformer layers, each of which is an output.

use super::tiny_onnx::{Attribute, Axis, FLOAT, Graph};

/// Values in one vector.
pub const DIMS: usize = 24;
/// Outputs `layer_1` to `layer_4`.
pub const LAYERS: usize = 4;
/// Samples from one frame to the next, and samples that a frame is made from.
pub const FRAME_HOP: usize = 320;
pub const FRAME_COVER: usize = 400;

const CHANNELS: usize = 16;
const HEADS: usize = 2;
const KERNELS: [(usize, usize); 7] = [(10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)];

/// The two families that differ in where they normalise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// HuBERT and wav2vec 2.0 base: one group norm after the first convolution, layer norm behind each sum.
    Base,
    /// Their large models: layer norm after every convolution, and before each part of a layer.
    Large,
}

struct Network {
    graph: Graph,
    random: fastrand::Rng,
}

/// The network as the bytes of an `.onnx` file, input `waveform` `[batch, samples]`.
pub fn speech_model(family: Family) -> Vec<u8> {
    let mut network = Network {
        graph: Graph::default(),
        random: fastrand::Rng::with_seed(11),
    };
    network.build(family);
    network.graph.to_bytes()
}

impl Network {
    fn build(&mut self, family: Family) {
        let axes = [Axis::Open("batch"), Axis::Open("samples")];
        self.graph.input("waveform", FLOAT, &axes);
        let axis = self.graph.int64s(&[1]);
        let mut x = self.graph.node("Unsqueeze", &["waveform", &axis], &[]);
        for (index, (kernel, stride)) in KERNELS.into_iter().enumerate() {
            let from = if index == 0 { 1 } else { CHANNELS };
            x = self.convolve(&x, from, CHANNELS, kernel, stride, 0, 1);
            if family == Family::Large {
                x = self.transpose(&x, &[0, 2, 1]);
                x = self.layer_norm(&x, CHANNELS);
                x = self.transpose(&x, &[0, 2, 1]);
            } else if index == 0 {
                let (scale, bias) = self.scale_and_bias(CHANNELS);
                let inputs = [x.as_str(), &scale, &bias];
                x = self.graph.node("InstanceNormalization", &inputs, &[]);
            }
            x = self.gelu(&x);
        }
        x = self.transpose(&x, &[0, 2, 1]);
        x = self.layer_norm(&x, CHANNELS);
        x = self.linear(&x, CHANNELS, DIMS);

        let mut position = self.transpose(&x, &[0, 2, 1]);
        position = self.convolve(&position, DIMS, DIMS, 15, 1, 7, 4);
        position = self.gelu(&position);
        position = self.transpose(&position, &[0, 2, 1]);
        x = self.add(&x, &position);
        if family == Family::Base {
            x = self.layer_norm(&x, DIMS);
        }
        for layer in 1..=LAYERS {
            x = self.layer(&x, family);
            let output = format!("layer_{layer}");
            self.graph.node_as(&output, "Identity", &[&x], &[]);
            let axes = [
                Axis::Open("batch"),
                Axis::Open("frames"),
                Axis::Fixed(DIMS as u64),
            ];
            self.graph.output(&output, FLOAT, &axes);
        }
    }

    fn layer(&mut self, x: &str, family: Family) -> String {
        let first = family == Family::Large;
        let heard = if first {
            self.layer_norm(x, DIMS)
        } else {
            x.into()
        };
        let attended = self.attend(&heard);
        let mut x = self.add(x, &attended);
        if !first {
            x = self.layer_norm(&x, DIMS);
        }
        let heard = if first {
            self.layer_norm(&x, DIMS)
        } else {
            x.clone()
        };
        let wide = self.linear(&heard, DIMS, 2 * DIMS);
        let wide = self.gelu(&wide);
        let narrow = self.linear(&wide, 2 * DIMS, DIMS);
        x = self.add(&x, &narrow);
        if first { x } else { self.layer_norm(&x, DIMS) }
    }

    fn attend(&mut self, x: &str) -> String {
        let width = DIMS / HEADS;
        let shape = self.graph.int64s(&[0, 0, HEADS as i64, width as i64]);
        let mut parts = Vec::new();
        for order in [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]] {
            let part = self.linear(x, DIMS, DIMS);
            let part = self.graph.node("Reshape", &[&part, &shape], &[]);
            parts.push(self.transpose(&part, &order));
        }
        let likeness = self.graph.node("MatMul", &[&parts[0], &parts[1]], &[]);
        let scale = self.graph.floats(&[1], &[1.0 / (width as f32).sqrt()]);
        let likeness = self.graph.node("Mul", &[&likeness, &scale], &[]);
        let attributes = [Attribute::Int("axis", -1)];
        let weights = self.graph.node("Softmax", &[&likeness], &attributes);
        let heard = self.graph.node("MatMul", &[&weights, &parts[2]], &[]);
        let heard = self.transpose(&heard, &[0, 2, 1, 3]);
        let shape = self.graph.int64s(&[0, 0, DIMS as i64]);
        let heard = self.graph.node("Reshape", &[&heard, &shape], &[]);
        self.linear(&heard, DIMS, DIMS)
    }

    #[expect(clippy::too_many_arguments, reason = "a convolution has that many")]
    fn convolve(
        &mut self,
        x: &str,
        from: usize,
        to: usize,
        kernel: usize,
        stride: usize,
        pad: usize,
        groups: usize,
    ) -> String {
        let fan = from / groups * kernel;
        let weights = self.weights(&[to, from / groups, kernel], fan);
        let attributes = [
            Attribute::Ints("kernel_shape", &[kernel as i64]),
            Attribute::Ints("strides", &[stride as i64]),
            Attribute::Ints("pads", &[pad as i64, pad as i64]),
            Attribute::Int("group", groups as i64),
        ];
        self.graph.node("Conv", &[x, &weights], &attributes)
    }

    fn linear(&mut self, x: &str, from: usize, to: usize) -> String {
        let weights = self.weights(&[from, to], from);
        let bias = self.weights(&[to], from);
        let product = self.graph.node("MatMul", &[x, &weights], &[]);
        self.add(&product, &bias)
    }

    fn layer_norm(&mut self, x: &str, width: usize) -> String {
        let (scale, bias) = self.scale_and_bias(width);
        let attributes = [
            Attribute::Int("axis", -1),
            Attribute::Float("epsilon", 1e-5),
        ];
        let inputs = [x, scale.as_str(), bias.as_str()];
        self.graph.node("LayerNormalization", &inputs, &attributes)
    }

    /// x / 2 * (1 + erf(x / sqrt 2))
    fn gelu(&mut self, x: &str) -> String {
        let root = self.graph.floats(&[1], &[std::f32::consts::SQRT_2]);
        let (one, half) = (
            self.graph.floats(&[1], &[1.0]),
            self.graph.floats(&[1], &[0.5]),
        );
        let scaled = self.graph.node("Div", &[x, &root], &[]);
        let erf = self.graph.node("Erf", &[&scaled], &[]);
        let sum = self.add(&erf, &one);
        let product = self.graph.node("Mul", &[x, &sum], &[]);
        self.graph.node("Mul", &[&product, &half], &[])
    }

    fn add(&mut self, a: &str, b: &str) -> String {
        self.graph.node("Add", &[a, b], &[])
    }

    fn transpose(&mut self, x: &str, order: &[i64]) -> String {
        let attributes = [Attribute::Ints("perm", order)];
        self.graph.node("Transpose", &[x], &attributes)
    }

    fn scale_and_bias(&mut self, width: usize) -> (String, String) {
        let shape = [width as u64];
        let scale = self.graph.floats(&shape, &vec![1.0; width]);
        (scale, self.graph.floats(&shape, &vec![0.0; width]))
    }

    fn weights(&mut self, shape: &[usize], fan: usize) -> String {
        let scale = (3.0 / fan as f32).sqrt();
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| scale * (2.0 * self.random.f32() - 1.0))
            .collect();
        let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
        self.graph.floats(&shape, &values)
    }
}
