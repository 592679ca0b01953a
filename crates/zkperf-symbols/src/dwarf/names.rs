//! From an inlined function's entry to its name, which stands where the function was defined, perhaps in another
//! unit.

use super::Slice;
use crate::name::demangle;
use gimli::{AttributeValue, DebugInfoOffset, Dwarf, Unit, UnitOffset, UnitRef, UnitSectionOffset};
use std::collections::HashMap;

/// Most references that are followed from an entry to its name.
const MOST_HOPS: usize = 16;

/// Shown where the debug information has no name.
const NAMELESS: &str = "[inlined code without a name]";

/// The names of all inlined functions, each once.
pub(super) struct Names<'a> {
    dwarf: &'a Dwarf<Slice<'a>>,
    units: &'a [Unit<Slice<'a>>],
    /// Name of the entry at an offset of `.debug_info`.
    known: HashMap<usize, u32>,
    index: HashMap<String, u32>,
    list: Vec<String>,
}

impl<'a> Names<'a> {
    /// Names for entries of `units`, which stand in the order of the file.
    pub(super) fn new(dwarf: &'a Dwarf<Slice<'a>>, units: &'a [Unit<Slice<'a>>]) -> Self {
        Names {
            dwarf,
            units,
            known: HashMap::new(),
            index: HashMap::new(),
            list: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.list
    }

    /// Name of what an `abstract_origin` of unit number `unit` refers to.
    pub(super) fn of_origin(
        &mut self,
        unit: usize,
        origin: Option<AttributeValue<Slice<'a>>>,
    ) -> u32 {
        let Some((unit, offset)) = origin.and_then(|origin| self.target(unit, &origin)) else {
            return self.intern(NAMELESS.to_owned());
        };
        let Some(key) = self.offset_in_file(unit, offset) else {
            return self.intern(NAMELESS.to_owned());
        };
        if let Some(&name) = self.known.get(&key) {
            return name;
        }
        let name = match self.follow(unit, offset) {
            Some(name) => demangle(&name).short,
            None => NAMELESS.to_owned(),
        };
        let name = self.intern(name);
        self.known.insert(key, name);
        name
    }

    fn intern(&mut self, name: String) -> u32 {
        let next = self.list.len() as u32;
        *self.index.entry(name).or_insert_with_key(|name| {
            self.list.push(name.clone());
            next
        })
    }

    fn offset_in_file(&self, unit: usize, offset: UnitOffset) -> Option<usize> {
        match offset.to_unit_section_offset(self.units.get(unit)?) {
            UnitSectionOffset::DebugInfoOffset(offset) => Some(offset.0),
            UnitSectionOffset::DebugTypesOffset(_) => None,
        }
    }

    /// Unit and offset that a reference in unit number `unit` means.
    fn target(
        &self,
        unit: usize,
        reference: &AttributeValue<Slice<'a>>,
    ) -> Option<(usize, UnitOffset)> {
        match *reference {
            AttributeValue::UnitRef(offset) => Some((unit, offset)),
            AttributeValue::DebugInfoRef(offset) => self.unit_of(offset),
            _ => None,
        }
    }

    fn unit_of(&self, offset: DebugInfoOffset) -> Option<(usize, UnitOffset)> {
        let after = self.units.partition_point(|unit| {
            let start = unit.header.offset().as_debug_info_offset();
            start.is_some_and(|start| start.0 <= offset.0)
        });
        let unit = after.checked_sub(1)?;
        Some((unit, offset.to_unit_offset(&self.units[unit].header)?))
    }

    /// The linkage name if there is one on the way, else the plain name.
    fn follow(&self, mut unit: usize, mut offset: UnitOffset) -> Option<String> {
        let mut plain = None;
        for _ in 0..MOST_HOPS {
            let here = UnitRef::new(self.dwarf, self.units.get(unit)?);
            let entry = here.entry(offset).ok()?;
            let text = |name: gimli::DwAt| {
                let value = entry.attr_value(name).ok()??;
                let text = here.attr_string(value).ok()?;
                Some(text.to_string_lossy().into_owned())
            };
            let linkage = text(gimli::DW_AT_linkage_name);
            if let Some(name) = linkage.or_else(|| text(gimli::DW_AT_MIPS_linkage_name)) {
                return Some(name);
            }
            plain = plain.or_else(|| text(gimli::DW_AT_name));
            let next = [gimli::DW_AT_abstract_origin, gimli::DW_AT_specification]
                .into_iter()
                .find_map(|name| entry.attr_value(name).ok().flatten())
                .and_then(|reference| self.target(unit, &reference));
            match next {
                Some(next) => (unit, offset) = next,
                None => break,
            }
        }
        plain.filter(|name| !name.is_empty())
    }
}

/// The root file of a unit's crate and the crate's name: rustc calls a unit `src/lib.rs/@/name.0123abcd-cgu.0`.
pub(super) fn crate_root(unit: &Unit<Slice<'_>>) -> Option<(String, String)> {
    let name = unit.name?.to_string_lossy();
    let (root, unit_name) = name.split_once("/@/")?;
    let name = unit_name
        .split('.')
        .next()
        .filter(|name| !name.is_empty())?;
    let folder = unit.comp_dir.map(|folder| folder.to_string_lossy());
    let root = match folder {
        Some(folder) if !root.starts_with('/') => {
            format!("{}/{root}", folder.trim_end_matches('/'))
        }
        _ => root.to_owned(),
    };
    Some((root, name.to_owned()))
}
