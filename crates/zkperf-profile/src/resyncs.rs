//! Where the shadow call stack re-synchronised, and what ran in contexts that were found that way.

use crate::model::{Entry, FunctionId, MeasureId, Origin};
use crate::number::thousands;
use crate::profile::Profile;

/// An address and the function that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePlace {
    /// The address.
    pub address: u64,
    /// The function; `None` if the profile names none there.
    pub function: Option<FunctionId>,
}

/// A place where the shadow call stack re-synchronised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResyncPlace {
    /// The jump or return that did not fit.
    pub from: CodePlace,
    /// Where it went.
    pub to: CodePlace,
    /// How often.
    pub count: u64,
}

impl Profile {
    /// How often the shadow call stack re-synchronised.
    pub fn resync_count(&self) -> u64 {
        // The check saw that the sum fits 64 bits.
        self.resyncs.iter().map(|resync| resync.count).sum()
    }

    /// Where it did, most often first.
    pub fn resync_places(&self) -> Vec<ResyncPlace> {
        let place = |address| CodePlace {
            address,
            function: self.function_at(address),
        };
        let mut places: Vec<ResyncPlace> = self
            .resyncs
            .iter()
            .map(|resync| ResyncPlace {
                from: place(resync.pc),
                to: place(resync.target),
                count: resync.count,
            })
            .collect();
        places.sort_by_key(|place| {
            let addresses = (place.from.address, place.to.address);
            (std::cmp::Reverse(place.count), addresses)
        });
        places
    }

    /// What ran, calls included, in contexts that were entered by a re-synchronisation: their function is
    /// certain, who called it is a guess.
    pub fn after_resyncs(&self, measure: MeasureId) -> u64 {
        let mut guessed = vec![false; self.nodes.len()];
        let own = self.node_column(measure);
        let mut sum = 0;
        // A parent stands before its children.
        for (at, node) in self.nodes.iter().enumerate() {
            guessed[at] = node.entry == Entry::Resync || guessed[node.parent.0 as usize];
            if guessed[at] {
                sum += own[at];
            }
        }
        sum
    }

    /// `function+0x1c (0x90000a1c)`.
    pub fn code_place_text(&self, place: &CodePlace) -> String {
        let address = place.address;
        let Some(function) = place.function.map(|id| &self.functions[id.0 as usize]) else {
            return format!("0x{address:x}");
        };
        match address - function.address.unwrap_or(address) {
            0 => format!("{} (0x{address:x})", function.name),
            offset => format!("{}+0x{offset:x} (0x{address:x})", function.name),
        }
    }

    /// Function of an executed address, or else the innermost whose extent holds it.
    fn function_at(&self, address: u64) -> Option<FunctionId> {
        let is_code = |id: &FunctionId| self.functions[id.0 as usize].origin != Origin::Pseudo;
        let first = self.pcs.partition_point(|pc| pc.address < Some(address));
        let here = self.pcs[first..].iter();
        let executed = here
            .take_while(|pc| pc.address == Some(address))
            .map(|pc| pc.function)
            .find(is_code);
        executed.or_else(|| {
            let holds = |id: &FunctionId| {
                let function = &self.functions[id.0 as usize];
                let offset = function
                    .address
                    .and_then(|start| address.checked_sub(start));
                offset.is_some_and(|offset| offset < function.bytes)
            };
            (0..self.functions.len() as u32)
                .map(FunctionId)
                .filter(holds)
                .max_by_key(|id| self.functions[id.0 as usize].address)
        })
    }

    /// What the text reports of all zkVMs say of the places, one line each, at most `most`.
    pub fn resync_lines(&self, most: usize) -> Vec<String> {
        let places = self.resync_places();
        let mut lines: Vec<String> = places
            .iter()
            .take(most)
            .map(|place| {
                let [from, to] = [place.from, place.to].map(|end| self.code_place_text(&end));
                format!("{} x {from} -> {to}", thousands(place.count))
            })
            .collect();
        if let Some(more) = places.len().checked_sub(most).filter(|more| *more > 0) {
            lines.push(format!("... {} more places", thousands(more as u64)));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use crate::example;
    use crate::{Profile, Resync};

    #[test]
    fn places_have_functions_and_the_most_frequent_stands_first() {
        let mut data = example::small();
        let start = data.functions[4].address.expect("a function of the guest");
        data.resyncs.push(Resync {
            pc: start,
            target: u64::MAX,
            count: 1_000,
        });
        let name = data.functions[4].name.clone();
        let profile = Profile::new(data).expect("closes");
        assert_eq!(profile.resync_count(), 1_001);
        let lines = profile.resync_lines(9);
        assert_eq!(
            lines[0],
            format!("1,000 x {name} (0x{start:x}) -> 0xffffffffffffffff")
        );
        assert!(lines[1].starts_with("1 x "), "{lines:?}");
        assert_eq!(profile.resync_lines(1)[1], "... 1 more places");
    }

    #[test]
    fn what_runs_below_a_guessed_context_is_counted_with_it() {
        let mut data = example::small();
        // `main`, and with it everything below.
        data.nodes[1].entry = crate::Entry::Resync;
        let profile = Profile::new(data).expect("closes");
        let steps = profile.measure("steps").expect("steps");
        assert_eq!(profile.after_resyncs(steps), profile.sum(steps));
        let profile = Profile::new(example::small()).expect("closes");
        assert_eq!(profile.after_resyncs(steps), 3);
    }
}
