//! What the code of a page costs: each executed instruction of one profile, or each line of two.

use std::collections::BTreeMap;

use zkperf_profile::{FunctionId, Place, Profile};

use super::columns::Columns;
use super::places::Places;
use super::strings::{shown, Strings};
use crate::matching::Matching;

/// Gives the text of the instruction at an address, if it is to be had.
pub type InstructionText<'a> = &'a dyn Fn(u64) -> Option<String>;

/// Packs every executed pc: the function that holds it, the inlined function it comes from (the same, where none),
/// its place, how often it was executed, at what cost. `profile` is the one without inlined frames, whose functions
/// stand first in the page's list; if `inlined` ones are in it, they follow in the order of the source map.
pub(super) fn pack_pcs(
    profile: &Profile,
    inlined: bool,
    places: &Places,
    instruction: Option<InstructionText<'_>>,
    strings: &mut Strings,
    columns: &mut Columns,
) {
    let place = |at: usize| profile.source.places.get(at).copied().unwrap_or_default();
    let each = |of: &dyn Fn(usize) -> u32| -> Vec<u32> { (0..profile.pcs.len()).map(of).collect() };
    columns.indices("code.holder", &each(&|at| profile.pcs[at].function.0));
    columns.indices(
        "code.function",
        &each(&|at| {
            let holder = profile.pcs[at].function;
            match inlined {
                true => innermost(profile, holder, place(at)).0,
                false => holder.0,
            }
        }),
    );
    let places = each(&|at| places.at(0, place(at).position));
    let places: Vec<u64> = places.into_iter().map(u64::from).collect();
    columns.delta("code.place", &places);
    // From 1, since 0 is what has no address.
    let addresses = profile
        .pcs
        .iter()
        .map(|pc| pc.address.map_or(0, |at| at.saturating_add(1)));
    columns.delta("code.address", &addresses.collect::<Vec<u64>>());
    let counts: Vec<u64> = profile.pcs.iter().map(|pc| pc.count).collect();
    columns.plain("code.count.0", &counts);
    for (at, column) in profile.pc_values.iter().enumerate() {
        columns.plain(format!("code.value.0.{at}"), column);
    }
    if let Some(instruction) = instruction {
        let texts = profile.pcs.iter().map(|pc| {
            let text = pc.address.and_then(instruction);
            text.map_or(0, |text| strings.at(&shown(&text)) + 1)
        });
        columns.indices("code.text", &texts.collect::<Vec<u32>>());
    }
}

/// The function whose code a pc is: the innermost inlined one, as [`Profile::with_inlined_frames`] numbers it.
fn innermost(profile: &Profile, holder: FunctionId, place: Place) -> FunctionId {
    match place.frame {
        Some(frame) => {
            let inlined = profile.source.frames[frame as usize].function;
            FunctionId(profile.functions.len() as u32 + inlined)
        }
        None => holder,
    }
}

/// Count and stored values.
type Counts = (u64, Vec<u64>);

/// Packs lines of two profiles: each line of each function (of the page), with what either profile spent there.
/// `profiles` are those that the tree was made of.
pub(super) fn pack_lines(
    profiles: &[&Profile],
    matching: &Matching,
    places: &Places,
    columns: &mut Columns,
) {
    let stored = profiles[0].pc_values.len();
    let nothing = || vec![(0, vec![0; stored]); profiles.len()];
    let mut rows: BTreeMap<(u32, u32), Vec<Counts>> = BTreeMap::new();
    for (side, profile) in profiles.iter().enumerate() {
        for (at, pc) in profile.pcs.iter().enumerate() {
            let place = profile.source.places.get(at).copied().unwrap_or_default();
            let key = (
                matching.index[side][pc.function.0 as usize],
                places.at(side, place.position),
            );
            let (count, values) = &mut rows.entry(key).or_insert_with(nothing)[side];
            *count += pc.count;
            for (sum, column) in values.iter_mut().zip(&profile.pc_values) {
                *sum += column[at];
            }
        }
    }
    let (functions, places): (Vec<u32>, Vec<u32>) = rows.keys().copied().unzip();
    columns.indices("code.holder", &functions);
    columns.indices("code.function", &functions);
    let places: Vec<u64> = places.into_iter().map(u64::from).collect();
    columns.delta("code.place", &places);
    for side in 0..profiles.len() {
        let counts: Vec<u64> = rows.values().map(|sides| sides[side].0).collect();
        columns.plain(format!("code.count.{side}"), &counts);
        for measure in 0..stored {
            let values: Vec<u64> = rows.values().map(|sides| sides[side].1[measure]).collect();
            columns.plain(format!("code.value.{side}.{measure}"), &values);
        }
    }
}
