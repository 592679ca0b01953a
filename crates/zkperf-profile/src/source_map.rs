//! Where the code came from: source files, lines, inlined functions.

use crate::error::ProfileError;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

/// Where the executed code came from, as far as the ELF's debug information tells. It decides no figure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMap {
    /// What is missing and what helps, one sentence each.
    pub notes: Vec<String>,
    /// Paths of source files, as the compiler wrote them.
    pub files: Vec<String>,
    /// Functions of which inlined code was executed.
    pub inlined: Vec<InlinedFunction>,
    /// Inlined code within its surroundings; a parent stands before its children.
    pub frames: Vec<InlinedFrame>,
    /// One for each of [`crate::ProfileData::pcs`]; empty if nothing is known of any.
    pub places: Vec<Place>,
}

/// A function that was inlined somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InlinedFunction {
    /// Its demangled name without hash. Where the debug information has no more than the last part of it
    /// (`line-tables-only`), the module of the file stands before it, as far as that is known.
    pub name: String,
    /// File that its code is in, an index into [`SourceMap::files`], where known.
    pub file: Option<u32>,
}

/// A function inlined at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InlinedFrame {
    /// What it was inlined into, an index into [`SourceMap::frames`]; nothing if that is the function itself.
    pub parent: Option<u32>,
    /// The function: index into [`SourceMap::inlined`].
    pub function: u32,
    /// Where it was called.
    pub call: Position,
}

/// A place in a source file.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Position {
    /// Index into [`SourceMap::files`], where known.
    pub file: Option<u32>,
    /// Line, from 1; 0 where the compiler gave none.
    pub line: u32,
    /// Column, from 1; 0 where there is none.
    pub column: u32,
}

/// What is known of a pc.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Innermost inlined frame, an index into [`SourceMap::frames`]; nothing if the pc is the function's own code.
    pub frame: Option<u32>,
    /// The line, within that frame.
    pub position: Position,
}

/// Counts what places say of something, such as the file of a function: macros bring lines of other files into it, but
/// most of its places are in its own.
#[derive(Debug, Clone)]
pub struct Votes<T>(HashMap<T, usize>);

impl<T> Default for Votes<T> {
    fn default() -> Self {
        Votes(HashMap::new())
    }
}

impl<T: Copy + Ord + Hash> Votes<T> {
    /// One more place says so.
    pub fn add(&mut self, what: T) {
        *self.0.entry(what).or_default() += 1;
    }

    /// What most places say; of equally many, the smallest.
    pub fn winner(&self) -> Option<T> {
        let votes = self.0.iter();
        votes
            .max_by_key(|&(what, count)| (count, Reverse(what)))
            .map(|(what, _)| *what)
    }
}

impl SourceMap {
    /// Whether anything is known of any pc.
    pub fn is_known(&self) -> bool {
        !self.places.is_empty()
    }

    /// The frames around `frame`, innermost first, itself included.
    pub fn chain(&self, frame: Option<u32>) -> impl Iterator<Item = (u32, InlinedFrame)> + '_ {
        let mut next = frame;
        std::iter::from_fn(move || {
            let at = next?;
            let frame = self.frames[at as usize];
            next = frame.parent;
            Some((at, frame))
        })
    }

    /// Path of a position's file, or nothing.
    pub fn file(&self, position: Position) -> Option<&str> {
        Some(&self.files[position.file? as usize])
    }

    /// Checks that indices point at something and parents stand first; `pcs` is how many there are.
    pub(crate) fn check(&self, pcs: usize) -> Result<(), ProfileError> {
        let wrong = |what: &str| {
            Err(ProfileError::SourceMap {
                what: what.to_owned(),
            })
        };
        if !self.places.is_empty() && self.places.len() != pcs {
            return wrong("it has not one place for each pc");
        }
        let is_file =
            |file: Option<u32>| file.is_none_or(|file| (file as usize) < self.files.len());
        let is_frame =
            |frame: Option<u32>, of: usize| frame.is_none_or(|frame| (frame as usize) < of);
        if !self.inlined.iter().all(|function| is_file(function.file)) {
            return wrong("an inlined function names a file that is not there");
        }
        for (at, frame) in self.frames.iter().enumerate() {
            if !is_frame(frame.parent, at) || frame.function as usize >= self.inlined.len() {
                return wrong("a frame names a parent or function that is not there");
            }
            if !is_file(frame.call.file) {
                return wrong("a call names a file that is not there");
            }
        }
        for place in &self.places {
            if !is_frame(place.frame, self.frames.len()) || !is_file(place.position.file) {
                return wrong("a place names a frame or file that is not there");
            }
        }
        Ok(())
    }
}
