//! Where claimed cost comes from: added up by the code that asked for it.

use std::collections::HashMap;

use zkperf_report::percent;

use crate::finding::Evidence;
use crate::view::{View, ROOT};

/// What was asked for from one place of one's own code.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin {
    /// A context of the code that asked.
    owner: usize,
    /// The context that it called for it; the same as `owner` where the cost is its own.
    called: usize,
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
    /// Adds what a context was claimed for, to the own code that it is, or is called by.
    pub fn add(&mut self, view: &View, node: usize, value: u64, calls: u64, bytes: u64) {
        let facts = view.nodes[node];
        self.add_to(view, (facts.owner, facts.below), [value, calls, bytes]);
    }

    /// Adds what a part of `top` was claimed for, to the own code that called `top`.
    pub fn add_caller(&mut self, view: &View, top: usize, value: u64, calls: u64, bytes: u64) {
        let parent = view.parent(top);
        let facts = view.nodes[parent];
        let called = match facts.owner as usize == parent {
            true => top as u32,
            false => facts.below,
        };
        self.add_to(view, (facts.owner, called), [value, calls, bytes]);
    }

    fn add_to(&mut self, view: &View, (owner, called): (u32, u32), added: [u64; 3]) {
        let (owner, called) = (owner as usize, called as usize);
        let function = view.profile.nodes[owner].function.0;
        let place = match called == owner {
            true => None,
            false => view.place(called),
        };
        let at = *self.known.entry((function, place)).or_insert_with(|| {
            self.list.push(Origin {
                owner,
                called,
                ..Origin::default()
            });
            self.list.len() - 1
        });
        let origin = &mut self.list[at];
        origin.value += added[0];
        // Unlike cost, calls and what labels say are not bounded by any check of the profile.
        origin.calls = origin.calls.saturating_add(added[1]);
        origin.bytes = origin.bytes.saturating_add(added[2]);
    }

    /// Takes over what others were claimed for, origin by origin.
    pub fn append(&mut self, others: Origins) {
        for (key, from) in others.known {
            let origin = others.list[from];
            let at = *self.known.entry(key).or_insert_with(|| {
                self.list.push(Origin {
                    owner: origin.owner,
                    called: origin.called,
                    ..Origin::default()
                });
                self.list.len() - 1
            });
            self.list[at].value += origin.value;
            let list = &mut self.list[at];
            list.calls = list.calls.saturating_add(origin.calls);
            list.bytes = list.bytes.saturating_add(origin.bytes);
        }
    }

    /// What each function that asked was claimed for.
    pub fn by_owner(&self, view: &View) -> HashMap<u32, u64> {
        let mut sums: HashMap<u32, u64> = HashMap::new();
        for origin in &self.list {
            let function = view.profile.nodes[origin.owner].function.0;
            *sums.entry(function).or_default() += origin.value;
        }
        sums
    }

    /// Everything claimed.
    pub fn value(&self) -> u64 {
        self.list.iter().map(|origin| origin.value).sum()
    }

    /// All calls.
    pub fn calls(&self) -> u64 {
        self.list
            .iter()
            .fold(0, |sum, origin| sum.saturating_add(origin.calls))
    }

    /// All bytes.
    pub fn bytes(&self) -> u64 {
        self.list
            .iter()
            .fold(0, |sum, origin| sum.saturating_add(origin.bytes))
    }

    /// Dearest first.
    pub fn sorted(&self) -> Vec<Origin> {
        let mut list = self.list.clone();
        list.sort_by(|a, b| (b.value, b.calls, a.owner).cmp(&(a.value, a.calls, b.owner)));
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
    /// The code that asked: its name without hash.
    pub fn owner<'v>(&self, view: &'v View) -> &'v str {
        &view.function(self.owner).name
    }

    /// What it called for it.
    pub fn called<'v>(&self, view: &'v View) -> &'v str {
        &view.function(self.called).name
    }

    /// Where it did.
    pub fn place(&self, view: &View) -> Option<String> {
        match self.called == self.owner {
            true => None,
            false => view.place(self.called),
        }
    }

    pub fn evidence(&self, view: &View) -> Evidence {
        Evidence {
            what: String::new(),
            stack: stack(view, self.owner),
            value: Some(self.value),
            percent: Some(percent(self.value, view.total())),
            calls: Some(self.calls).filter(|calls| *calls > 0),
            bytes: Some(self.bytes).filter(|bytes| *bytes > 0),
            // Of a function's own cost, the place where it is called.
            place: self.place(view).or_else(|| view.place(self.owner)),
        }
    }
}

/// The own functions from a context outwards, nearest first.
fn stack(view: &View, owner: usize) -> Vec<String> {
    const FRAMES: usize = 4;
    let mut names: Vec<&str> = Vec::new();
    let mut at = owner;
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
