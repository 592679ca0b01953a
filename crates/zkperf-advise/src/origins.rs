//! Where claimed cost comes from: added up by the code that asked for it.

use std::collections::HashMap;

use zkperf_report::percent;

use crate::finding::Evidence;
use crate::view::{View, ROOT};

/// What was asked for from one place of one's own code.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin {
    /// A context that was asked, for its stack.
    pub sample: usize,
    /// Cost claimed.
    pub value: u64,
    /// Calls.
    pub calls: u64,
    /// Bytes asked for, as far as they are known.
    pub bytes: u64,
}

/// Cost by origin.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    known: HashMap<(u32, Option<String>), usize>,
    list: Vec<Origin>,
}

impl Origins {
    /// Adds what a context was claimed for; `calls` and `bytes` count only where the context is the function asked for.
    pub fn add(&mut self, view: &View, node: usize, value: u64, calls: u64, bytes: u64) {
        let below = view.below_owner(node);
        let owner = view.nodes[node].owner as usize;
        let function = view.profile.nodes[owner].function.0;
        let place = match below == owner {
            true => None,
            false => view.place(below),
        };
        let at = *self.known.entry((function, place)).or_insert_with(|| {
            self.list.push(Origin {
                sample: node,
                ..Origin::default()
            });
            self.list.len() - 1
        });
        let origin = &mut self.list[at];
        origin.value += value;
        origin.calls += calls;
        origin.bytes += bytes;
    }

    /// Takes over what others were claimed for, origin by origin.
    pub fn append(&mut self, others: Origins) {
        for (key, from) in others.known {
            let origin = others.list[from];
            let at = *self.known.entry(key).or_insert_with(|| {
                self.list.push(Origin {
                    sample: origin.sample,
                    ..Origin::default()
                });
                self.list.len() - 1
            });
            self.list[at].value += origin.value;
            self.list[at].calls += origin.calls;
            self.list[at].bytes += origin.bytes;
        }
    }

    /// Everything claimed.
    pub fn value(&self) -> u64 {
        self.list.iter().map(|origin| origin.value).sum()
    }

    /// All calls.
    pub fn calls(&self) -> u64 {
        self.list.iter().map(|origin| origin.calls).sum()
    }

    /// All bytes.
    pub fn bytes(&self) -> u64 {
        self.list.iter().map(|origin| origin.bytes).sum()
    }

    /// Dearest first.
    pub fn sorted(&self) -> Vec<Origin> {
        let mut list = self.list.clone();
        list.sort_by(|a, b| (b.value, b.calls, a.sample).cmp(&(a.value, a.calls, b.sample)));
        list
    }

    /// The dearest as evidence, at most so many.
    pub fn evidence(&self, view: &View, most: usize) -> Vec<Evidence> {
        self.sorted()
            .iter()
            .take(most)
            .map(|origin| origin.evidence(view))
            .collect()
    }

    /// Places of the dearest in the source.
    pub fn places(&self, view: &View, most: usize) -> Vec<String> {
        let mut places: Vec<String> = Vec::new();
        for origin in self.sorted() {
            let place = origin.place(view).filter(|place| !places.contains(place));
            places.extend(place);
            if places.len() == most {
                break;
            }
        }
        places
    }
}

impl Origin {
    /// The code that asked: the owner's name, without its crates' hashes.
    pub fn owner<'v>(&self, view: &'v View) -> &'v str {
        &view.function(view.nodes[self.sample].owner as usize).name
    }

    /// Where it asked.
    pub fn place(&self, view: &View) -> Option<String> {
        view.place(view.below_owner(self.sample))
    }

    pub fn evidence(&self, view: &View) -> Evidence {
        Evidence {
            what: String::new(),
            stack: stack(view, self.sample),
            value: Some(self.value),
            percent: Some(percent(self.value, view.total())),
            calls: Some(self.calls).filter(|calls| *calls > 0),
            bytes: Some(self.bytes).filter(|bytes| *bytes > 0),
            place: self.place(view),
        }
    }
}

/// The own functions above a context, nearest first.
pub(crate) fn stack(view: &View, node: usize) -> Vec<String> {
    const FRAMES: usize = 4;
    let mut names: Vec<&str> = Vec::new();
    let mut at = view.nodes[node].owner as usize;
    while names.len() < FRAMES {
        let name = view.function(at).name.as_str();
        if names.last() != Some(&name) {
            names.push(name);
        }
        if at == ROOT {
            break;
        }
        at = view.nodes[view.parent(at)].owner as usize;
        if at == ROOT {
            break;
        }
    }
    names.into_iter().map(str::to_owned).collect()
}
