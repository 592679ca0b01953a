//! From debug information to a profile's source map: of all that is known of a program, what was executed.

use std::borrow::Cow;
use std::collections::HashMap;
use zkperf_profile::{
    Function, InlinedFrame, InlinedFunction, Origin, Pc, Place, Position, Profile, SourceMap,
};
use zkperf_symbols::{is_whole_name, Position as TablePosition, SourceTable};

/// The profile with lines and inlined frames of what it executed, from the debug information of its program's ELFs
/// (see [`crate::Zkvm::elves`]). What cannot be read becomes a note of the profile.
pub fn attach_source(profile: Profile, elves: &[&[u8]]) -> Profile {
    // Sorted by address, as pcs are.
    let executed: Vec<u64> = profile.pcs.iter().filter_map(|pc| pc.address).collect();
    let tables = elves
        .iter()
        .filter_map(|elf| SourceTable::of_addresses(elf, &executed).ok());
    let tables: Vec<SourceTable> = tables.collect();
    let source = source_map(&tables, &profile.pcs, &profile.functions);
    profile
        .with_source(source)
        .expect("a map that was made for these pcs fits them")
}

fn source_map(tables: &[SourceTable], pcs: &[Pc], functions: &[Function]) -> SourceMap {
    let mut map = SourceMap {
        // The first ELF is the guest's; of others (a kernel) nobody expects lines.
        notes: tables
            .first()
            .map_or(Vec::new(), |table| table.problems().to_vec()),
        ..SourceMap::default()
    };
    let mut places = vec![Place::default(); pcs.len()];
    let mut any = false;
    for table in tables {
        let mut builder = Builder::new(table, &mut map);
        let mut spans = table.spans().iter().peekable();
        for (place, pc) in places.iter_mut().zip(pcs) {
            // Both are sorted by address.
            let Some(address) = pc.address else { continue };
            while spans.next_if(|span| span.end <= address).is_some() {}
            if let Some(span) = spans.peek().filter(|span| span.start <= address) {
                any = true;
                // A cost that stands beside the function which caused it (RISC Zero's paging) is no cost of
                // the code inlined there.
                let beside = functions[pc.function.0 as usize].origin == Origin::Pseudo;
                let frame = span.frame.filter(|_| !beside);
                *place = Place {
                    frame: frame.map(|frame| builder.frame(frame)),
                    position: builder.position(span.position),
                };
            }
        }
        builder.finish(&mut places);
    }
    if any {
        map.places = places;
    }
    map
}

/// Takes over what is used of one table.
struct Builder<'t, 'm> {
    table: &'t SourceTable,
    map: &'m mut SourceMap,
    /// Of each file of the table, its place in the map.
    files: Vec<Option<u32>>,
    /// Of each frame of the table, its place in the map.
    frames: Vec<Option<u32>>,
    /// First of the map's frames that is of this table.
    first: usize,
    /// Of each frame of this table that the map has, its name in the table.
    names: Vec<u32>,
}

impl<'t, 'm> Builder<'t, 'm> {
    fn new(table: &'t SourceTable, map: &'m mut SourceMap) -> Self {
        Builder {
            table,
            first: map.frames.len(),
            map,
            files: vec![None; table.files().len()],
            frames: vec![None; table.frames().len()],
            names: Vec::new(),
        }
    }

    fn position(&mut self, position: TablePosition) -> Position {
        let file = position.file.map(|file| {
            *self.files[file as usize].get_or_insert_with(|| {
                let path = self.table.files()[file as usize].clone();
                self.map.files.push(path);
                self.map.files.len() as u32 - 1
            })
        });
        Position {
            file,
            line: position.line,
            column: position.column,
        }
    }

    fn frame(&mut self, frame: u32) -> u32 {
        // Outermost first, so that parents stand before their children. Only as far as they are new: chains can be as
        // long as a hostile file makes them.
        let mut missing = Vec::new();
        let mut next = Some(frame);
        let mut parent = None;
        while let Some(at) = next {
            if let Some(known) = self.frames[at as usize] {
                parent = Some(known);
                break;
            }
            missing.push(at);
            next = self.table.frames()[at as usize].parent;
        }
        for &at in missing.iter().rev() {
            parent = Some(self.push_frame(at, parent));
        }
        parent.unwrap_or_default()
    }

    fn push_frame(&mut self, at: u32, parent: Option<u32>) -> u32 {
        let frame = self.table.frames()[at as usize];
        let call = self.position(frame.call);
        let new = self.map.frames.len() as u32;
        self.map.frames.push(InlinedFrame {
            parent,
            function: 0,
            call,
        });
        self.names.push(frame.name);
        self.frames[at as usize] = Some(new);
        new
    }

    /// Says which function each frame is. A frame's code is in the file that its own lines and the calls in it are
    /// in, which tells functions of one short name apart.
    fn finish(self, places: &mut [Place]) {
        let Builder {
            table,
            map,
            files,
            first,
            names,
            ..
        } = self;
        let calls = map.frames[first..].iter().map(|f| (f.parent, f.call.file));
        let lines = places.iter().map(|p| (p.frame, p.position.file));
        let votes = lines.chain(calls).filter_map(|(frame, file)| {
            let own = (frame? as usize).checked_sub(first)?;
            (own < names.len()).then_some((own, file?))
        });
        let winners = winners(votes.collect(), names.len());
        let mut in_table = vec![0; map.files.len()];
        for (old, new) in files.iter().enumerate() {
            if let Some(new) = new {
                in_table[*new as usize] = old as u32;
            }
        }
        let mut known: HashMap<InlinedFunction, u32> = HashMap::new();
        let mut modules: HashMap<u32, Option<String>> = HashMap::new();
        for (at, (name, file)) in names.into_iter().zip(winners).enumerate() {
            let name = &table.names()[name as usize];
            let module = file.and_then(|file| {
                let in_table = in_table[file as usize];
                let module = modules.entry(file);
                module.or_insert_with(|| table.module(in_table)).as_deref()
            });
            let function = InlinedFunction {
                name: qualified(name, module).into_owned(),
                // A whole name needs no file to be told apart; one function's lines can be in several (macros).
                file: file.filter(|_| !is_whole_name(name)),
            };
            let next = map.inlined.len() as u32;
            let function = *known.entry(function).or_insert_with_key(|function| {
                map.inlined.push(function.clone());
                next
            });
            map.frames[first + at].function = function;
        }
    }
}

/// Of each of `count` frames the file that most votes name for it; of equally many, the first. As [`zkperf_profile::Votes`], for
/// frames by the ten thousand.
fn winners(mut votes: Vec<(usize, u32)>, count: usize) -> Vec<Option<u32>> {
    votes.sort_unstable();
    let mut winners = vec![(0, None); count];
    for same in votes.chunk_by(|a, b| a == b) {
        let (frame, file) = same[0];
        if same.len() > winners[frame].0 {
            winners[frame] = (same.len(), Some(file));
        }
    }
    winners.into_iter().map(|(_, file)| file).collect()
}

/// A name with its module in front, where it has none.
fn qualified<'a>(name: &'a str, module: Option<&str>) -> Cow<'a, str> {
    match module {
        Some(module) if !is_whole_name(name) => Cow::Owned(format!("{module}::{name}")),
        _ => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_votes_win_and_of_equally_many_the_first_file() {
        let votes = vec![
            (2, 9),
            (0, 5),
            (2, 7),
            (0, 3),
            (0, 5),
            (2, 7),
            (2, 9),
            (2, 1),
        ];
        assert_eq!(winners(votes.clone(), 4), [Some(5), None, Some(7), None]);
        let mut counted = vec![zkperf_profile::Votes::default(); 4];
        votes
            .iter()
            .for_each(|&(frame, file)| counted[frame].add(file));
        let counted: Vec<_> = counted.iter().map(|votes| votes.winner()).collect();
        assert_eq!(winners(votes, 4), counted);
    }

    #[test]
    fn short_names_get_their_module() {
        for (name, expected) in [
            (
                "push<u8, alloc::alloc::Global>",
                "alloc::vec::push<u8, alloc::alloc::Global>",
            ),
            (
                "{closure#0}<core::fmt::Error>",
                "alloc::vec::{closure#0}<core::fmt::Error>",
            ),
            (
                "call<fn(u8) -> core::fmt::Error>",
                "alloc::vec::call<fn(u8) -> core::fmt::Error>",
            ),
            ("core::fmt::write", "core::fmt::write"),
            (
                "<u8 as core::fmt::Display>::fmt",
                "<u8 as core::fmt::Display>::fmt",
            ),
        ] {
            assert_eq!(qualified(name, Some("alloc::vec")), expected);
            assert_eq!(qualified(name, None), name);
        }
    }
}
