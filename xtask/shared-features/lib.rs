//! Nothing: only the manifest counts. xtask and the core depend on this crate, so that both see the same features of the
//! crates that they share, and Cargo compiles those once. Must never hold code.
