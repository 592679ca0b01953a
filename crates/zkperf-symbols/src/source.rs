//! Which line of source an address comes from, and through which inlined functions.

/// A place in the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Index into [`SourceTable::files`]; `None` where the debug information names no file.
    pub file: Option<u32>,
    /// Line, from 1; 0 where the compiler gave none (code that belongs to no line).
    pub line: u32,
    /// Column, from 1; 0 where there is none.
    pub column: u32,
}

/// A function that was inlined at one place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InlinedFrame {
    /// The frame it was inlined into, an index into [`SourceTable::frames`] below its own; `None` if that is
    /// the function itself, as the symbol table has it.
    pub parent: Option<u32>,
    /// Its name, an index into [`SourceTable::names`].
    pub name: u32,
    /// Where it was called.
    pub call: Position,
}

/// What is known of one stretch of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First address.
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// Innermost inlined frame, if any: an index into [`SourceTable::frames`].
    pub frame: Option<u32>,
    /// The line, in the innermost frame.
    pub position: Position,
}

/// Lines and inlined frames of a whole program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTable {
    pub(crate) files: Vec<String>,
    /// Root files of crates and the crates' names.
    pub(crate) roots: Vec<(String, String)>,
    pub(crate) names: Vec<String>,
    pub(crate) frames: Vec<InlinedFrame>,
    /// Sorted, disjoint.
    pub(crate) spans: Vec<Span>,
    pub(crate) problems: Vec<String>,
}

impl SourceTable {
    /// Paths of source files, as the compiler wrote them.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Names of inlined functions, demangled without hash where the debug information has linkage names. With
    /// `debug = "line-tables-only"` there is no more than the last segment.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The inlined frames; a parent stands before its children.
    pub fn frames(&self) -> &[InlinedFrame] {
        &self.frames
    }

    /// All that is known, sorted by address and disjoint.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// What the debug information lacks or what could not be read of it, and what helps; one sentence each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The module that a file holds by the rules of Rust, such as `alloc::vec` for `…/alloc/src/vec/mod.rs`;
    /// nothing for files of no crate that debug information names and of no folder that is called as cargo calls a
    /// registry's (`name-1.2.3`). A module inside of a file, and one that `#[path]` moved, is not seen.
    pub fn module(&self, file: u32) -> Option<String> {
        let path = self.files.get(file as usize)?;
        self.module_of_unit(path)
            .or_else(|| module_of_registry(path))
    }

    fn module_of_unit(&self, path: &str) -> Option<String> {
        let folder = |root: &str| root.rfind('/').map_or(0, |at| at + 1);
        let (root, name) = self
            .roots
            .iter()
            .filter(|(root, _)| path.starts_with(&root[..folder(root)]))
            // The nearest folder; in one folder the file itself, then the library.
            .max_by_key(|(root, _)| (folder(root), root == path, root.ends_with("lib.rs")))?;
        if root == path {
            return Some(name.clone());
        }
        module_in(name, &path[folder(root)..])
    }

    /// What is known of an address.
    pub fn lookup(&self, address: u64) -> Option<&Span> {
        let after = self.spans.partition_point(|span| span.start <= address);
        self.spans[..after].last().filter(|span| address < span.end)
    }
}

/// The module of a file, by its path below the folder of a crate's root file.
fn module_in(name: &str, inner: &str) -> Option<String> {
    let inner = inner.strip_suffix(".rs")?;
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    Some(format!("{name}::{}", inner.replace('/', "::")))
}

/// The module of a file of a crate that has no code of its own, only what others instantiate: by the folder's name.
fn module_of_registry(path: &str) -> Option<String> {
    let mut folders = path.split('/');
    let mut rest = path;
    let name = loop {
        let folder = folders.next()?;
        rest = rest.get(folder.len() + 1..)?;
        let name = folder.rmatch_indices('-').find_map(|(at, _)| {
            let (name, version) = (&folder[..at], &folder[at + 1..]);
            let numbers = version.split(['.', '+', '-']).take(3);
            let is_version = version.matches('.').count() >= 2
                && numbers.clone().count() == 3
                && numbers
                    .into_iter()
                    .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
            (is_version && !name.is_empty()).then_some(name)
        });
        if let Some(name) = name {
            break name.replace('-', "_");
        }
    };
    let inner = rest.strip_prefix("src/").unwrap_or(rest);
    match inner {
        "lib.rs" => Some(name),
        inner => module_in(&name, inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_module_that_rust_gives_them() {
        let root = |file: &str, name: &str| (file.to_owned(), name.to_owned());
        let table = SourceTable {
            files: [
                "/rust/library/alloc/src/vec/mod.rs",
                "/guest/core/src/lib.rs",
                "/guest/core/src/witness.rs",
                "/guest/src/main.rs",
                "/guest/src/other.rs",
                "/registry/fixed-hash-0.8.0/src/hash.rs",
                "/registry/x-1.0.0-rc.1/src/lib.rs",
                "/c/secp256k1/field.c",
                "relative.rs",
            ]
            .map(str::to_owned)
            .to_vec(),
            roots: vec![
                root("/rust/library/alloc/src/lib.rs", "alloc"),
                root("/guest/core/src/lib.rs", "guest_core"),
                root("/guest/src/main.rs", "guest"),
            ],
            ..SourceTable::default()
        };
        let modules: Vec<Option<String>> = (0..10).map(|file| table.module(file)).collect();
        let expected = [
            Some("alloc::vec"),
            Some("guest_core"),
            Some("guest_core::witness"),
            Some("guest"),
            Some("guest::other"),
            Some("fixed_hash::hash"),
            Some("x"),
            None,
            None,
            None,
        ];
        assert_eq!(modules, expected.map(|module| module.map(str::to_owned)));
    }
}
