//! Opens a PyTorch checkpoint (`.pth`): a zip archive of one pickle and the tensors' raw numbers.
//!
//! Reads only; the conversion is next door in [`super::network`].

use super::pickle::{ElementType, TensorRef, read_state_dict};
use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The tensors of a checkpoint, read on demand.
pub struct Checkpoint<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    root: String,
    tensors: HashMap<String, TensorRef>,
}

impl<'a> Checkpoint<'a> {
    /// Opens the checkpoint held in `bytes`.
    ///
    /// # Errors
    /// If it is not a zip archive, has no `data.pkl`, or holds another structure than a state dictionary.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let mut archive =
            ZipArchive::new(Cursor::new(bytes)).context("the checkpoint is not a zip archive")?;
        let pickle_name = archive
            .file_names()
            .flatten()
            .find(|name| name.ends_with("/data.pkl"))
            .context("the checkpoint has no data.pkl")?
            .into_owned();
        let root = pickle_name.trim_end_matches("data.pkl").to_owned();
        let tensors = read_state_dict(&read_member(&mut archive, &pickle_name)?)?;
        Ok(Self {
            archive,
            root,
            tensors,
        })
    }

    /// The numbers of the tensor `name`, row-major.
    ///
    /// # Errors
    /// If there is no such tensor, or it is not a contiguous 32-bit float tensor of exactly `shape`.
    pub fn floats(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self
            .tensors
            .get(name)
            .with_context(|| format!("the checkpoint has no tensor `{name}`"))?;
        ensure!(
            tensor.shape == shape,
            "tensor `{name}` has shape {:?} where the network needs {shape:?}",
            tensor.shape
        );
        ensure!(
            tensor.storage.element_type == ElementType::Float32,
            "tensor `{name}` does not hold 32-bit floats"
        );
        ensure!(
            tensor.stride == row_major_stride(shape),
            "tensor `{name}` is not contiguous"
        );
        let offset = tensor.offset;
        let member = format!("{}data/{}", self.root, tensor.storage.key);
        let bytes = read_member(&mut self.archive, &member)?;
        let (elements, _) = bytes.as_chunks::<4>();
        let count = shape.iter().product();
        let floats: Vec<f32> = elements
            .iter()
            .skip(offset)
            .take(count)
            .map(|element| f32::from_le_bytes(*element))
            .collect();
        ensure!(
            floats.len() == count,
            "tensor `{name}` is longer than its storage"
        );
        Ok(floats)
    }
}

fn row_major_stride(shape: &[usize]) -> Vec<usize> {
    let mut stride: Vec<usize> = shape
        .iter()
        .rev()
        .scan(1, |step, extent| {
            let current = *step;
            *step *= extent;
            Some(current)
        })
        .collect();
    stride.reverse();
    stride
}

/// The content of `name` in `archive`.
///
/// # Errors
/// If there is no such member or it cannot be unpacked.
pub fn read_member<R: Read + std::io::Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
) -> Result<Vec<u8>> {
    let mut member = archive
        .by_name(name)
        .with_context(|| format!("the archive has no `{name}`"))?;
    let mut bytes = Vec::new();
    member
        .read_to_end(&mut bytes)
        .with_context(|| format!("`{name}` cannot be unpacked"))?;
    Ok(bytes)
}
