//! What an entry of the cache is found by.
//!
//! A value that any thread may make. It must never look at a disk: its owner says what the recording and the model are.

/// Whose embeddings they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// Which recording; its path or a take's name.
    pub recording: String,
    /// What the recording's content was, in whatever form its owner can tell a change by.
    pub fingerprint: String,
    /// SHA-256 of the model file.
    pub model_sha256: String,
}

impl CacheKey {
    pub(super) fn parts(&self) -> [&str; 3] {
        [&self.recording, &self.fingerprint, &self.model_sha256]
    }
}
