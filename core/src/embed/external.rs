//! Which other files an ONNX model wants to read, found without opening any of them. Pure.
//!
//! Only the fields on the way to `TensorProto.external_data` are declared, in every place where ONNX lets a tensor stand
//! (onnx.proto, IR version 10); all other fields are skipped. Field numbers are those of onnx.proto.

use std::collections::BTreeSet;

use prost::Message;

#[derive(Message)]
struct Model {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "20")]
    training: Vec<Training>,
    #[prost(message, repeated, tag = "25")]
    functions: Vec<Function>,
}

#[derive(Message)]
struct Training {
    #[prost(message, optional, tag = "1")]
    initialisation: Option<Graph>,
    #[prost(message, optional, tag = "2")]
    algorithm: Option<Graph>,
}

#[derive(Message)]
struct Function {
    #[prost(message, repeated, tag = "7")]
    nodes: Vec<Node>,
    #[prost(message, repeated, tag = "11")]
    defaults: Vec<Attribute>,
}

#[derive(Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    tensors: Vec<Tensor>,
    #[prost(message, repeated, tag = "15")]
    sparse: Vec<Sparse>,
}

#[derive(Message)]
struct Node {
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
}

#[derive(Message)]
struct Attribute {
    #[prost(message, optional, tag = "5")]
    tensor: Option<Tensor>,
    #[prost(message, optional, tag = "6")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "10")]
    tensors: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    graphs: Vec<Graph>,
    #[prost(message, optional, tag = "22")]
    sparse: Option<Sparse>,
    #[prost(message, repeated, tag = "23")]
    sparses: Vec<Sparse>,
}

#[derive(Message)]
struct Sparse {
    #[prost(message, optional, tag = "1")]
    values: Option<Tensor>,
    #[prost(message, optional, tag = "2")]
    indices: Option<Tensor>,
}

#[derive(Message)]
struct Tensor {
    #[prost(message, repeated, tag = "13")]
    external: Vec<Entry>,
}

#[derive(Message)]
struct Entry {
    #[prost(string, optional, tag = "1")]
    key: Option<String>,
    #[prost(string, optional, tag = "2")]
    value: Option<String>,
}

/// The `location` of every tensor of `model` that lies outside it, each once. The error says that these bytes are no
/// ONNX model.
pub(super) fn locations(model: &[u8]) -> Result<Vec<String>, String> {
    let model = Model::decode(model).map_err(|error| error.to_string())?;
    let mut found = BTreeSet::new();
    let trainings = model.training.iter();
    let graphs = trainings.flat_map(|training| [&training.initialisation, &training.algorithm]);
    for graph in graphs.flatten().chain(&model.graph) {
        in_graph(graph, &mut found);
    }
    for function in &model.functions {
        in_nodes(&function.nodes, &mut found);
        in_attributes(&function.defaults, &mut found);
    }
    Ok(found.into_iter().collect())
}

/// Recursion is bounded: prost refuses what is nested more than a hundred deep.
fn in_graph(graph: &Graph, found: &mut BTreeSet<String>) {
    in_nodes(&graph.nodes, found);
    graph
        .tensors
        .iter()
        .for_each(|tensor| in_tensor(tensor, found));
    graph
        .sparse
        .iter()
        .for_each(|sparse| in_sparse(sparse, found));
}

fn in_nodes(nodes: &[Node], found: &mut BTreeSet<String>) {
    for node in nodes {
        in_attributes(&node.attributes, found);
    }
}

fn in_attributes(attributes: &[Attribute], found: &mut BTreeSet<String>) {
    for attribute in attributes {
        let tensors = attribute.tensors.iter().chain(&attribute.tensor);
        tensors.for_each(|tensor| in_tensor(tensor, found));
        let graphs = attribute.graphs.iter().chain(&attribute.graph);
        graphs.for_each(|graph| in_graph(graph, found));
        let sparses = attribute.sparses.iter().chain(&attribute.sparse);
        sparses.for_each(|sparse| in_sparse(sparse, found));
    }
}

fn in_sparse(sparse: &Sparse, found: &mut BTreeSet<String>) {
    for tensor in sparse.values.iter().chain(&sparse.indices) {
        in_tensor(tensor, found);
    }
}

fn in_tensor(tensor: &Tensor, found: &mut BTreeSet<String>) {
    for entry in &tensor.external {
        if entry.key.as_deref() == Some("location") {
            found.insert(entry.value.clone().unwrap_or_default());
        }
    }
}
