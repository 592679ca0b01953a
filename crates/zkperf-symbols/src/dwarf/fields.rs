//! Where fields lie in a program's types: what a probe needs to know that reads memory.

use std::collections::BTreeMap;

use gimli::{
    DebuggingInformationEntry, Dwarf, EndianSlice, EntriesTreeNode, LittleEndian, UnitRef,
};
use object::{Object, ObjectSection};

use super::Slice;
use crate::elf::open;
use crate::error::SymbolError;

/// A field: the path of its type (`ethrex_levm::vm::VM`) and its name.
pub type Field<'f> = (&'f str, &'f str);

/// Offsets of fields in bytes, by `type.field`, as far as the debug information tells. Types are only in ELFs that
/// were built with `debug = 2`; of others this is empty.
///
/// # Errors
/// [`SymbolError`] if the bytes are no ELF for a zkVM. Damaged debug information is as good as none.
pub fn field_offsets(
    bytes: &[u8],
    fields: &[Field<'_>],
) -> Result<BTreeMap<String, u64>, SymbolError> {
    let file = open(bytes)?;
    let data = |id: gimli::SectionId| -> &[u8] {
        let section = file.section_by_name(id.name());
        section
            .and_then(|section| section.data().ok())
            .unwrap_or_default()
    };
    // Whether there are types at all shows faster in the names: line tables have functions only.
    let names = data(gimli::SectionId::DebugStr);
    let mut found = BTreeMap::new();
    if fields.iter().any(|(_, field)| !contains(names, field)) {
        return Ok(found);
    }
    let section =
        |id| -> Result<Slice<'_>, gimli::Error> { Ok(EndianSlice::new(data(id), LittleEndian)) };
    let dwarf = Dwarf::load(section).unwrap_or_default();
    let mut units = dwarf.units();
    while let Ok(Some(header)) = units.next() {
        if found.len() == fields.len() {
            break;
        }
        let Ok(unit) = dwarf.unit(header) else {
            continue;
        };
        let mut search = Search {
            unit: UnitRef::new(&dwarf, &unit),
            fields,
            found: &mut found,
        };
        if let Ok(mut tree) = unit.entries_tree(None) {
            // What could be read of a damaged unit stands.
            let _ = tree
                .root()
                .and_then(|root| search.namespace(root, String::new()));
        }
    }
    Ok(found)
}

fn contains(names: &[u8], name: &str) -> bool {
    memchr::memmem::find(names, name.as_bytes()).is_some()
}

/// Looking through one unit.
struct Search<'s, 'd> {
    unit: UnitRef<'s, Slice<'d>>,
    fields: &'s [Field<'s>],
    found: &'s mut BTreeMap<String, u64>,
}

impl<'d> Search<'_, 'd> {
    /// Goes through what is in a namespace whose path, with `::` behind it, is `path`.
    fn namespace(
        &mut self,
        node: EntriesTreeNode<'_, '_, '_, Slice<'d>>,
        path: String,
    ) -> Result<(), gimli::Error> {
        let mut children = node.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            let tag = entry.tag();
            let Some(name) = self.name(entry)? else {
                continue;
            };
            let inner = format!("{path}{name}");
            let begins = |(owner, _): &Field<'_>| owner.starts_with(&inner);
            if !self.fields.iter().any(begins) {
                continue;
            }
            match tag {
                gimli::DW_TAG_namespace => self.namespace(child, inner + "::")?,
                gimli::DW_TAG_structure_type => self.members(child, &inner)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn members(
        &mut self,
        node: EntriesTreeNode<'_, '_, '_, Slice<'d>>,
        owner: &str,
    ) -> Result<(), gimli::Error> {
        let mut children = node.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            let name = self.name(entry)?;
            let offset = entry.attr_value(gimli::DW_AT_data_member_location)?;
            let (Some(name), Some(offset)) = (name, offset.and_then(|value| value.udata_value()))
            else {
                continue;
            };
            if self.fields.contains(&(owner, name.as_str())) {
                self.found.insert(format!("{owner}.{name}"), offset);
            }
        }
        Ok(())
    }

    fn name(
        &self,
        entry: &DebuggingInformationEntry<'_, '_, Slice<'d>>,
    ) -> Result<Option<String>, gimli::Error> {
        let Some(value) = entry.attr_value(gimli::DW_AT_name)? else {
            return Ok(None);
        };
        let text = self.unit.attr_string(value)?;
        Ok(Some(text.to_string_lossy().into_owned()))
    }
}
