//! Source maps of several runs of one program as one.

use std::collections::HashMap;

use crate::merge::Interned;
use crate::model::{FunctionId, Pc};
use crate::profile::Profile;
use crate::source_map::{InlinedFrame, InlinedFunction, Place, Position, SourceMap};

/// The source maps so far.
pub(crate) struct SourceSum {
    notes: Interned<String, String>,
    files: Interned<String, String>,
    inlined: Interned<InlinedFunction, InlinedFunction>,
    frames: Interned<InlinedFrame, InlinedFrame>,
    places: HashMap<(Option<u64>, FunctionId), Place>,
}

impl SourceSum {
    pub(crate) fn new() -> Self {
        SourceSum {
            notes: Interned::new(),
            files: Interned::new(),
            inlined: Interned::new(),
            frames: Interned::new(),
            places: HashMap::new(),
        }
    }

    /// Adds what a profile knows; `functions` are the sum's ids of its functions.
    pub(crate) fn add(&mut self, profile: &Profile, functions: &[FunctionId]) {
        let source = &profile.source;
        for note in &source.notes {
            self.notes.at(note.clone(), || note.clone());
        }
        let files: Vec<u32> = source
            .files
            .iter()
            .map(|file| self.files.at(file.clone(), || file.clone()) as u32)
            .collect();
        let file = |file: Option<u32>| file.map(|file| files[file as usize]);
        let position = |at: Position| Position {
            file: file(at.file),
            ..at
        };
        let mut inlined = Vec::with_capacity(source.inlined.len());
        for function in &source.inlined {
            let function = InlinedFunction {
                name: function.name.clone(),
                file: file(function.file),
            };
            inlined.push(self.inlined.at(function.clone(), || function) as u32);
        }
        let mut frames: Vec<u32> = Vec::with_capacity(source.frames.len());
        for frame in &source.frames {
            let frame = InlinedFrame {
                parent: frame.parent.map(|parent| frames[parent as usize]),
                function: inlined[frame.function as usize],
                call: position(frame.call),
            };
            frames.push(self.frames.at(frame, || frame) as u32);
        }
        for (pc, place) in profile.pcs.iter().zip(&source.places) {
            let key = (pc.address, functions[pc.function.0 as usize]);
            self.places.entry(key).or_insert(Place {
                frame: place.frame.map(|frame| frames[frame as usize]),
                position: position(place.position),
            });
        }
    }

    /// The sum, for the pcs of the sum.
    pub(crate) fn finish(self, pcs: &[Pc]) -> SourceMap {
        let place = |pc: &Pc| {
            let place = self.places.get(&(pc.address, pc.function));
            place.copied().unwrap_or_default()
        };
        SourceMap {
            places: match self.places.is_empty() {
                true => Vec::new(),
                false => pcs.iter().map(place).collect(),
            },
            notes: self.notes.rows,
            files: self.files.rows,
            inlined: self.inlined.rows,
            frames: self.frames.rows,
        }
    }
}
