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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::pickle::tests::state_dict;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    /// A checkpoint whose tensor `w`, of shape (2, 3), is stored as `floats`.
    fn checkpoint_of(floats: &[f32]) -> Vec<u8> {
        let storage: Vec<u8> = floats
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in [
            ("archive/data.pkl", state_dict()),
            ("archive/data/7", storage),
        ] {
            archive
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
            archive.write_all(&bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_tensor_is_read_row_by_row() {
        let bytes = checkpoint_of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let floats = Checkpoint::open(&bytes)
            .unwrap()
            .floats("w", &[2, 3])
            .unwrap();
        assert_eq!(floats, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn another_network_than_the_expected_one_is_named_and_not_guessed_at() {
        let bytes = checkpoint_of(&[0.0; 6]);
        let mut checkpoint = Checkpoint::open(&bytes).unwrap();
        let message = |result: Result<Vec<f32>>| format!("{:#}", result.unwrap_err());
        assert!(message(checkpoint.floats("v", &[2, 3])).contains("no tensor `v`"));
        assert!(message(checkpoint.floats("w", &[3, 2])).contains("shape [2, 3]"));
    }

    #[test]
    fn a_storage_that_is_too_short_is_an_error() {
        let bytes = checkpoint_of(&[0.0; 5]);
        let error = Checkpoint::open(&bytes)
            .unwrap()
            .floats("w", &[2, 3])
            .unwrap_err();
        assert!(
            format!("{error:#}").contains("longer than its storage"),
            "{error:#}"
        );
    }

    #[test]
    fn something_else_than_a_checkpoint_is_an_error() {
        let error = Checkpoint::open(b"not a zip archive").err().unwrap();
        assert!(
            format!("{error:#}").contains("not a zip archive"),
            "{error:#}"
        );
    }
}
