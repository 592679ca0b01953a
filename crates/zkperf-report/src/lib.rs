//! Views of a profile.
