//! Converts the aisfx checkpoint into an ONNX time map, without PyTorch.
//!
//! The network is `EmbeddingNet` of aisfx 0.1.2 (Ma and Lerch, ISMIR 2022): four blocks of two 3x3 convolutions,
//! each followed by batch normalisation and ReLU, with 2x2 max pooling after the first three blocks; then the
//! mean over frequency. The package goes on to take the maximum over time; that is left to the reader here, so
//! that overlapping windows share one run. Input `logmel` is float32 `[batch, frames, 96]`. Every output is float32
//! `[batch, frames / 8 rounded down, values]`: of the blocks 1 to 3 what each of them passes on, brought to one step every 8
//! frames and kept in four frequency bands ([`VIEWS`]); of the whole network also `steps`, the 512 values of the package.
//!
//! Batch normalisation is folded into the convolution before it, in double precision. Convolution weights are
//! stored in half precision and widened by a `Cast` that the runtime folds away when it loads the file: half
//! the size, and every sum still runs in single precision. Biases stay in single precision.
//!
//! The conversion is deterministic to the last bit on every platform: only `+ - * / sqrt` and correctly rounded
//! narrowing, in a fixed order. That is what lets the result be pinned by its checksum.

use super::checkpoint::Checkpoint;
use super::onnx::{
    AttributeProto, Dimension, FLOAT, FLOAT16, GraphProto, INT64, IR_VERSION, ModelProto,
    NodeProto, OPSET, OperatorSetId, StringEntry, TensorProto, ValueInfo,
};
use anyhow::{Context, Result, ensure};
use half::f16;
use prost::Message;

/// Mel bands of the input.
const BANDS: i64 = 96;
/// Values of the package's own embedding.
pub const EMBEDDING_DIMS: usize = 512;
/// The output with the package's own embedding.
pub const EMBEDDING: &str = "steps";
/// Frequency bands that are left of each block in its output.
const VIEW_BANDS: usize = 4;
/// Channels into and out of each block.
const BLOCKS: [(usize, usize); 4] = [(1, 64), (64, 128), (128, 256), (256, 512)];
/// `torch.nn.BatchNorm2d`'s default, which the network keeps.
const BATCH_NORM_EPSILON: f64 = 1e-5;

/// An output made of what a block passes on.
pub struct View {
    pub block: usize,
    /// The output's name.
    pub output: &'static str,
    /// The operator that pools: the deeper the block, the more its values mean on average.
    pooling: &'static str,
    /// Its window and stride, in time and in frequency.
    size: [i64; 2],
}

/// The deepest first.
pub const VIEWS: [View; 3] = [
    View {
        block: 3,
        output: "block3",
        pooling: "AveragePool",
        size: [1, 3],
    },
    View {
        block: 2,
        output: "block2",
        pooling: "MaxPool",
        size: [2, 6],
    },
    View {
        block: 1,
        output: "block1",
        pooling: "MaxPool",
        size: [4, 12],
    },
];

impl View {
    /// Values of one step.
    pub fn dims(&self) -> usize {
        let channels = BLOCKS.get(self.block - 1).map_or(0, |block| block.1);
        VIEW_BANDS * channels
    }
}

/// How much of the network is converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The blocks that [`VIEWS`] are made of, which is what Earmark ships.
    Views,
    /// All four blocks, to be compared with the package.
    Whole,
}

/// What the file says about itself and about whose work it is.
pub struct Provenance<'a> {
    /// One paragraph: source, authors, licence and what was changed.
    pub attribution: &'a str,
    /// The licence's SPDX identifier.
    pub licence: &'a str,
}

/// The ONNX file made from the checkpoint in `bytes`.
///
/// # Errors
/// If the checkpoint is not the one of aisfx 0.1.2, or a weight does not fit half precision.
pub fn convert(bytes: &[u8], extent: Extent, provenance: &Provenance<'_>) -> Result<Vec<u8>> {
    let mut checkpoint = Checkpoint::open(bytes)?;
    let mut graph = GraphBuilder::default();
    graph.integers("channel_axis", &[1]);
    let mut value = graph.node(
        "Unsqueeze",
        &["logmel", "channel_axis"],
        "image",
        Vec::new(),
    );
    for (index, (inputs, outputs)) in BLOCKS.into_iter().enumerate() {
        let block = index + 1;
        let is_last = block == BLOCKS.len();
        if is_last && extent == Extent::Views {
            break;
        }
        for (layer, inputs) in [(1, inputs), (2, outputs)] {
            let convolution = Convolution::read(&mut checkpoint, block, layer, inputs, outputs)?;
            value = graph.convolution(&format!("block{block}_{layer}"), &value, &convolution)?;
        }
        // The fourth block pools 1x1, which is no pooling.
        if !is_last {
            let pooled = format!("block{block}_pooled");
            value = graph.node("MaxPool", &[&value], &pooled, pooling([2, 2]));
        }
        if let Some(view) = VIEWS.iter().find(|view| view.block == block) {
            graph.view(view, &value)?;
        }
    }
    if extent == Extent::Whole {
        graph.embedding(&value)?;
    }
    Ok(graph.finish(provenance).encode_to_vec())
}

/// Attributes of pooling over windows of `size` that touch each other.
fn pooling(size: [i64; 2]) -> Vec<AttributeProto> {
    vec![
        AttributeProto::ints("kernel_shape", &size),
        AttributeProto::ints("strides", &size),
    ]
}

/// A 3x3 convolution with its batch normalisation folded in.
struct Convolution {
    inputs: usize,
    outputs: usize,
    /// `[outputs, inputs, 3, 3]`
    weights: Vec<f16>,
    /// `[outputs]`
    bias: Vec<f32>,
}

impl Convolution {
    fn read(
        checkpoint: &mut Checkpoint<'_>,
        block: usize,
        layer: usize,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self> {
        let prefix = format!("embedding_net.conv_block{block}");
        let raw = checkpoint.floats(
            &format!("{prefix}.conv{layer}.weight"),
            &[outputs, inputs, 3, 3],
        )?;
        let mut channel =
            |what: &str| checkpoint.floats(&format!("{prefix}.bn{layer}.{what}"), &[outputs]);
        let (gain, shift) = (channel("weight")?, channel("bias")?);
        let (mean, variance) = (channel("running_mean")?, channel("running_var")?);

        let mut weights = Vec::with_capacity(raw.len());
        let mut bias = Vec::with_capacity(outputs);
        let kernels = raw.chunks_exact(inputs * 9);
        for ((((kernel, gain), shift), mean), variance) in
            kernels.zip(&gain).zip(&shift).zip(&mean).zip(&variance)
        {
            let scale = f64::from(*gain) / (f64::from(*variance) + BATCH_NORM_EPSILON).sqrt();
            // By way of f32: f16::from_f64 may round twice or once, depending on the processor.
            weights.extend(
                kernel
                    .iter()
                    .map(|weight| f16::from_f32((f64::from(*weight) * scale) as f32)),
            );
            bias.push((f64::from(*shift) - f64::from(*mean) * scale) as f32);
        }
        ensure!(
            weights.iter().all(|weight| weight.is_finite())
                && bias.iter().all(|bias| bias.is_finite()),
            "a weight of block {block} does not fit half precision"
        );
        Ok(Self {
            inputs,
            outputs,
            weights,
            bias,
        })
    }
}

#[derive(Default)]
struct GraphBuilder {
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    outputs: Vec<ValueInfo>,
}

impl GraphBuilder {
    /// A constant of integers.
    fn integers(&mut self, name: &str, values: &[i64]) {
        self.initializers.push(TensorProto {
            dims: vec![values.len() as i64],
            data_type: INT64,
            name: name.into(),
            raw_data: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        });
    }

    /// Declares the value `name`, of so many values a step, as an output.
    fn output(&mut self, name: &str, dims: usize) -> Result<()> {
        let shape = [
            Dimension::Dynamic("batch".into()),
            Dimension::Dynamic("steps".into()),
            Dimension::Fixed(i64::try_from(dims)?),
        ];
        self.outputs.push(ValueInfo::floats(name, &shape));
        Ok(())
    }

    /// The output of `view`, from the `[batch, channels, time, frequency]` that its block passes on.
    fn view(&mut self, view: &View, block: &str) -> Result<()> {
        let name = view.output;
        let pooled = self.node(
            view.pooling,
            &[block],
            &format!("{name}_bands"),
            pooling(view.size),
        );
        let in_time = self.node(
            "Transpose",
            &[&pooled],
            &format!("{name}_in_time"),
            vec![AttributeProto::ints("perm", &[0, 2, 1, 3])],
        );
        // Zeros keep the axis.
        let shape = format!("{name}_shape");
        self.integers(&shape, &[0, 0, i64::try_from(view.dims())?]);
        self.node("Reshape", &[&in_time, &shape], name, Vec::new());
        self.output(name, view.dims())
    }

    /// The package's own embedding, from what the last block passes on.
    fn embedding(&mut self, block: &str) -> Result<()> {
        let mean = vec![
            AttributeProto::ints("axes", &[3]),
            AttributeProto::int("keepdims", 0),
        ];
        let time_map = self.node("ReduceMean", &[block], "time_map", mean);
        let in_time = vec![AttributeProto::ints("perm", &[0, 2, 1])];
        self.node("Transpose", &[&time_map], EMBEDDING, in_time);
        self.output(EMBEDDING, EMBEDDING_DIMS)
    }

    /// Appends an operator with one output; returns the output's name.
    fn node(
        &mut self,
        op_type: &str,
        inputs: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![output.into()],
            name: format!("{op_type}_{output}"),
            op_type: op_type.into(),
            attribute,
        });
        output.into()
    }

    /// Convolution and ReLU; returns the output's name.
    fn convolution(
        &mut self,
        name: &str,
        input: &str,
        convolution: &Convolution,
    ) -> Result<String> {
        let outputs = i64::try_from(convolution.outputs)?;
        let inputs = i64::try_from(convolution.inputs).context("too many channels")?;
        let half = format!("{name}_weight_f16");
        let bias = format!("{name}_bias");
        self.initializers.push(TensorProto {
            dims: vec![outputs, inputs, 3, 3],
            data_type: FLOAT16,
            name: half.clone(),
            raw_data: convolution
                .weights
                .iter()
                .flat_map(|weight| weight.to_le_bytes())
                .collect(),
        });
        self.initializers.push(TensorProto {
            dims: vec![outputs],
            data_type: FLOAT,
            name: bias.clone(),
            raw_data: convolution
                .bias
                .iter()
                .flat_map(|bias| bias.to_le_bytes())
                .collect(),
        });
        let to_float = vec![AttributeProto::int("to", FLOAT.into())];
        let weight = self.node("Cast", &[&half], &format!("{name}_weight"), to_float);
        let window = vec![
            AttributeProto::ints("kernel_shape", &[3, 3]),
            AttributeProto::ints("pads", &[1, 1, 1, 1]),
        ];
        let convolved = self.node(
            "Conv",
            &[input, &weight, &bias],
            &format!("{name}_convolved"),
            window,
        );
        Ok(self.node("Relu", &[&convolved], name, Vec::new()))
    }

    fn finish(self, provenance: &Provenance<'_>) -> ModelProto {
        let input = [
            Dimension::Dynamic("batch".into()),
            Dimension::Dynamic("frames".into()),
            Dimension::Fixed(BANDS),
        ];
        let graph = GraphProto {
            node: self.nodes,
            name: "aisfx_time_map".into(),
            initializer: self.initializers,
            input: vec![ValueInfo::floats("logmel", &input)],
            output: self.outputs,
        };
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "earmark".into(),
            doc_string: provenance.attribution.into(),
            graph: Some(graph),
            opset_import: vec![OperatorSetId {
                domain: String::new(),
                version: OPSET,
            }],
            metadata_props: vec![StringEntry {
                key: "licence".into(),
                value: provenance.licence.into(),
            }],
        }
    }
}
