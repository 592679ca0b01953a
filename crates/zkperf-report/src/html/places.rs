//! Files and lines of a page.

use std::collections::HashMap;

use rustc_hash::FxHashMap;
use serde::Serialize;
use zkperf_profile::{Position, Profile};

use super::columns::Columns;
use super::strings::{shown, Strings};
use crate::paths::{short_path, SourceText};

/// A source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Path as the compiler wrote it.
    pub path: String,
    /// The same without what is the same in thousands of paths.
    pub short: String,
}

/// The files and lines that a page names. A place is a file and a line; places count from 1.
pub(super) struct Places {
    files: Vec<String>,
    /// For each profile and each of its files, the index in `files`.
    index: Vec<Vec<u32>>,
    /// File and line of what is used, with its number.
    places: FxHashMap<(u32, u32), u32>,
    /// The same in the order of the numbers: sorted, so that neighbours are alike.
    sorted: Vec<(u32, u32)>,
}

impl Places {
    /// The files of one or two profiles. In a difference, a file is the same if its short path is, since folders of
    /// builds and versions of toolchains stand in what is left out.
    pub fn of(profiles: &[&Profile]) -> Places {
        let mut files: Vec<String> = Vec::new();
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut index = Vec::new();
        for profile in profiles {
            let of_side = profile.source.files.iter().map(|path| {
                let key = match profiles.len() {
                    1 => path.as_str(),
                    _ => short_path(path),
                };
                *known.entry(key.to_owned()).or_insert_with(|| {
                    files.push(path.clone());
                    files.len() as u32 - 1
                })
            });
            index.push(of_side.collect());
        }
        Places {
            files,
            index,
            places: FxHashMap::default(),
            sorted: Vec::new(),
        }
    }

    /// Makes room for places of one profile. No index is known before [`Places::number`].
    pub fn note(&mut self, side: usize, positions: impl Iterator<Item = Position>) {
        for position in positions {
            if let Some(key) = self.key(side, position) {
                self.places.insert(key, 0);
            }
        }
    }

    /// Numbers all places noted.
    pub fn number(&mut self) {
        self.sorted = self.places.keys().copied().collect();
        self.sorted.sort_unstable();
        for (at, key) in self.sorted.iter().enumerate() {
            self.places.insert(*key, at as u32 + 1);
        }
    }

    fn key(&self, side: usize, position: Position) -> Option<(u32, u32)> {
        Some((self.index[side][position.file? as usize], position.line))
    }

    /// The index of a place noted before; 0 where there is no file.
    pub fn at(&self, side: usize, position: Position) -> u32 {
        let key = self.key(side, position);
        key.and_then(|key| self.places.get(&key))
            .copied()
            .unwrap_or(0)
    }

    /// Packs files and lines, with the text of those lines whose source is to be had. Returns the files.
    pub fn pack(
        self,
        columns: &mut Columns,
        strings: &mut Strings,
        text: SourceText<'_>,
    ) -> Vec<File> {
        let (mut files, mut lines, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for &(file, line) in &self.sorted {
            files.push(u64::from(file));
            lines.push(u64::from(line));
            let found = (line > 0).then(|| text(&self.files[file as usize], line));
            let found = found
                .flatten()
                .map(|text| shown(&text.replace('\t', "    ")));
            texts.push(found.map_or(0, |text| strings.at(&text) + 1));
        }
        columns.delta("places.file", &files);
        columns.delta("places.line", &lines);
        columns.indices("places.text", &texts);
        let file = |path: &String| File {
            path: shown(path),
            short: shown(short_path(path)),
        };
        self.files.iter().map(file).collect()
    }
}
