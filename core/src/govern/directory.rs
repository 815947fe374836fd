//! People.
/// The file's name, at the root of a bundle.
pub const FILE_NAME: &str = "directory.yaml";
