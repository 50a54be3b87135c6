//! Returns.
