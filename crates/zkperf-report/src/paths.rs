//! Source paths as people know them.

/// Gives the text of a line of a source file, if the file is to be had. Lines count from 1.
pub type SourceText<'a> = &'a dyn Fn(&str, u32) -> Option<String>;

/// A source path without what is the same in thousands of them: the folders in which the standard library
/// (`core/src/…`) and crates from a registry (`name-1.2.3/src/…`) lie.
pub fn short_path(path: &str) -> &str {
    if let Some((_, rest)) = path.split_once("/library/") {
        let is_std = path.starts_with("/rust") || path.contains("/rustlib/");
        if is_std {
            return rest;
        }
    }
    if let Some((_, rest)) = path.split_once("/registry/src/") {
        if let Some((_, rest)) = rest.split_once('/') {
            return rest;
        }
    }
    path.strip_prefix("/registry/").unwrap_or(path)
}

/// `file:line`, shortened; `?` for what is not known.
pub(crate) fn place_text(path: Option<&str>, line: u32) -> String {
    let path = path.map_or("?", short_path);
    match line {
        0 => format!("{path}:?"),
        line => format!("{path}:{line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_what_they_share() {
        for (path, short) in [
            ("/rust/library/core/src/fmt/mod.rs", "core/src/fmt/mod.rs"),
            (
                "/rustc/0123abcd/library/alloc/src/vec/mod.rs",
                "alloc/src/vec/mod.rs",
            ),
            (
                "/root/.cargo/registry/src/index.crates.io-1949/k256-0.13.4/src/lib.rs",
                "k256-0.13.4/src/lib.rs",
            ),
            ("/registry/k256-0.13.4/src/lib.rs", "k256-0.13.4/src/lib.rs"),
            ("/work/library/src/lib.rs", "/work/library/src/lib.rs"),
            ("guest/src/main.rs", "guest/src/main.rs"),
        ] {
            assert_eq!(short_path(path), short);
        }
        assert_eq!(place_text(Some("a.rs"), 0), "a.rs:?");
        assert_eq!(place_text(None, 7), "?:7");
    }
}
