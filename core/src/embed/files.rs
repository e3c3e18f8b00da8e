//! The files of a model: reads them, compares them with their checksums, and allows no other file.
//!
//! An ONNX model may name files to read weights from, by any path. All these names are found before ONNX Runtime sees the
//! model; each must be in the manifest and name a file in the manifest's own folder.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::{hexadecimal, is_bare};
use super::{Manifest, ModelError, external};

/// The most that one ONNX file can hold: its format counts lengths in signed 32 bits.
const MOST_BYTES: u64 = i32::MAX as u64;

/// A model's files, known to be those that its manifest was made for.
pub(super) struct ModelFiles {
    model: Vec<u8>,
    data_folder: Option<PathBuf>,
}

impl ModelFiles {
    /// Reads the model and checks it and its data files.
    pub(super) fn read(manifest: &Manifest) -> Result<Self, ModelError> {
        let path = manifest.model_path();
        let model = read_model(&path)?;
        expect_checksum(&path, &manifest.file().sha256, &Sha256::digest(&model))?;
        let wanted = locations(&path, &model)?;
        for location in &wanted {
            let described = manifest
                .file()
                .data
                .iter()
                .find(|data| data.file == *location)
                .ok_or_else(|| ModelError::ForeignData {
                    path: path.clone(),
                    location: location.clone(),
                })?;
            let data = data_file(&path, location)?;
            expect_checksum(&data, &described.sha256, &checksum(&data)?)?;
        }
        let folder = manifest.folder();
        let data_folder = (!wanted.is_empty())
            .then(|| std::path::absolute(folder).unwrap_or_else(|_| folder.into()));
        Ok(Self { model, data_folder })
    }

    /// The bytes of the ONNX file.
    pub(super) fn model(&self) -> &[u8] {
        &self.model
    }

    /// The folder of the data files, when there are any.
    pub(super) fn data_folder(&self) -> Option<&Path> {
        self.data_folder.as_deref()
    }
}

/// The bytes of the ONNX file at `path`.
pub(super) fn read_model(path: &Path) -> Result<Vec<u8>, ModelError> {
    let unreadable = |source| unreadable(path, source);
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > MOST_BYTES {
        return Err(ModelError::TooLarge {
            path: path.into(),
            bytes,
        });
    }
    std::fs::read(path).map_err(unreadable)
}

/// The names of the files beside the model at `path` that it reads weights from; refuses any that leads elsewhere.
pub(super) fn data_locations(path: &Path, model: &[u8]) -> Result<Vec<String>, ModelError> {
    let locations = locations(path, model)?;
    for location in &locations {
        data_file(path, location)?;
    }
    Ok(locations)
}

fn locations(path: &Path, model: &[u8]) -> Result<Vec<String>, ModelError> {
    external::locations(model).map_err(|reason| ModelError::Rejected {
        path: path.into(),
        reason,
    })
}

/// The data file `location` of the model at `path`: missing or within the model's own folder, links followed.
fn data_file(path: &Path, location: &str) -> Result<PathBuf, ModelError> {
    let foreign = || ModelError::ForeignData {
        path: path.into(),
        location: location.to_owned(),
    };
    if !is_bare(location) {
        return Err(foreign());
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let data = folder.join(location);
    let real = data
        .canonicalize()
        .map_err(|source| unreadable(&data, source))?;
    let real_folder = folder
        .canonicalize()
        .map_err(|source| unreadable(folder, source))?;
    if real.parent() == Some(real_folder.as_path()) {
        Ok(data)
    } else {
        Err(foreign())
    }
}

/// SHA-256 of the file at `path`, read a piece at a time.
pub(super) fn checksum(path: &Path) -> Result<[u8; 32], ModelError> {
    let read = || {
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; 1 << 20];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(hash.finalize().into()),
                length => hash.update(piece.get(..length).unwrap_or_default()),
            }
        }
    };
    read().map_err(|source| unreadable(path, source))
}

fn expect_checksum(path: &Path, expected: &str, found: &[u8]) -> Result<(), ModelError> {
    let found = hexadecimal(found);
    if found == expected {
        Ok(())
    } else {
        Err(ModelError::WrongChecksum {
            path: path.into(),
            expected: expected.into(),
            found,
        })
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> ModelError {
    match source.kind() {
        ErrorKind::NotFound => ModelError::FileMissing { path: path.into() },
        _ => ModelError::FileUnreadable {
            path: path.into(),
            source,
        },
    }
}

/// Whether the files of `manifest` are there and are those it was made for. Reads all of them, which takes seconds for
/// gigabytes.
///
/// # Errors
/// Says which file is missing, unreadable or another one.
pub fn verify_files(manifest: &Manifest) -> Result<(), ModelError> {
    let model = manifest.model_path();
    let file = manifest.file();
    let folder = manifest.folder();
    let data = file
        .data
        .iter()
        .map(|data| (folder.join(&data.file), &data.sha256));
    for (path, expected) in std::iter::once((model, &file.sha256)).chain(data) {
        expect_checksum(&path, expected, &checksum(&path)?)?;
    }
    Ok(())
}
