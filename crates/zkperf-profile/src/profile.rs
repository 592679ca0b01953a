//! The checked, immutable profile and how to read it.

use std::borrow::Cow;
use std::ops::Deref;

use crate::check::{check, Checked};
use crate::error::ProfileError;
use crate::file::FormatError;
use crate::model::{FunctionId, MeasureId, NodeId, ProfileData, Source};
use crate::source_map::SourceMap;
use crate::varint::Reader;
use crate::wire_source;

/// A profile whose invariants were checked, and which cannot change any more.
///
/// Reading one never meets a surprise: ids point at something, a parent stands before its children,
/// and for each measure the call tree and the program counters add up to the same sum. It
/// dereferences to its [`ProfileData`].
///
/// Values are in *node units*: `total * scale + remainder` of them make up the whole run (see
/// [`crate::Measure`]). For most measures the scale is 1 and node units are the official units.
///
/// Methods that take a [`MeasureId`], [`NodeId`] or [`FunctionId`] panic, like a slice, when the id
/// is of another profile.
#[derive(Debug, Clone)]
pub struct Profile {
    data: ProfileData,
    checked: Checked,
}

impl Profile {
    /// Checks every invariant of `data` and seals it.
    ///
    /// # Errors
    /// The first invariant that does not hold, as a [`ProfileError`].
    pub fn new(data: ProfileData) -> Result<Profile, ProfileError> {
        let checked = check(&data)?;
        Ok(Profile { data, checked })
    }

    /// The same profile with another source map, which decides no figure: only the map is checked.
    ///
    /// # Errors
    /// [`ProfileError::SourceMap`] if it does not fit the pcs.
    pub fn with_source(mut self, source: SourceMap) -> Result<Profile, ProfileError> {
        source.check(self.data.pcs.len())?;
        self.data.source = source;
        Ok(self)
    }

    /// The source map alone, in the form in which a profile's file holds it.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`].
    pub fn source_to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        let mut bytes = Vec::new();
        wire_source::write(&mut bytes, &self.data.source)?;
        Ok(bytes)
    }

    /// A source map that [`Profile::source_to_bytes`] wrote, if it fits the pcs of this profile.
    ///
    /// # Errors
    /// The bytes are none, or it does not fit.
    pub fn source_from_bytes(&self, bytes: &[u8]) -> Result<SourceMap, FormatError> {
        let pcs = self.data.pcs.len();
        let source = wire_source::read(Reader::new(bytes), pcs)?;
        let fits = source.check(pcs);
        fits.map_err(|error| FormatError::Corrupt {
            what: error.to_string(),
        })?;
        Ok(source)
    }

    /// The data, read only.
    pub fn data(&self) -> &ProfileData {
        &self.data
    }

    /// Gives the data back, to be changed and checked again.
    pub fn into_data(self) -> ProfileData {
        self.data
    }

    /// The measure of that name.
    pub fn measure(&self, name: &str) -> Option<MeasureId> {
        let index = self.data.measures.iter().position(|m| m.name == name)?;
        Some(MeasureId(index as u32))
    }

    /// The measure on which verdicts are made. Only an imported profile may have none.
    pub fn proving_cost(&self) -> Option<MeasureId> {
        let index = self.data.measures.iter().position(|m| m.proving_cost)?;
        Some(MeasureId(index as u32))
    }

    /// The whole run's value in node units: `total * scale + remainder`. Percentages are of this.
    pub fn sum(&self, measure: MeasureId) -> u64 {
        self.checked.sums[measure.0 as usize]
    }

    /// Self value of one node.
    pub fn node_value(&self, measure: MeasureId, node: NodeId) -> u64 {
        self.value(measure, &self.data.node_values, node.0 as usize)
    }

    /// Self value of the pc at `index` of [`ProfileData::pcs`].
    pub fn pc_value(&self, measure: MeasureId, index: usize) -> u64 {
        self.value(measure, &self.data.pc_values, index)
    }

    /// Self values of all nodes. Borrowed where the measure is stored, computed where it is derived.
    pub fn node_column(&self, measure: MeasureId) -> Cow<'_, [u64]> {
        self.column(measure, &self.data.node_values, self.data.nodes.len())
    }

    /// Self values of all pcs. Borrowed where the measure is stored, computed where it is derived.
    pub fn pc_column(&self, measure: MeasureId) -> Cow<'_, [u64]> {
        self.column(measure, &self.data.pc_values, self.data.pcs.len())
    }

    // No product or sum below can overflow: the check saw that the whole column's sum fits 64 bits,
    // and every value is a part of that sum.

    fn value(&self, measure: MeasureId, values: &[Vec<u64>], row: usize) -> u64 {
        let formula = &self.checked.formulas[measure.0 as usize];
        formula
            .iter()
            .map(|&(column, factor)| factor * values[column][row])
            .sum()
    }

    fn column<'a>(
        &self,
        measure: MeasureId,
        values: &'a [Vec<u64>],
        rows: usize,
    ) -> Cow<'a, [u64]> {
        let formula = &self.checked.formulas[measure.0 as usize];
        if let [(column, 1)] = formula[..] {
            return Cow::Borrowed(&values[column]);
        }
        let mut sums = vec![0; rows];
        for &(column, factor) in formula {
            for (sum, value) in sums.iter_mut().zip(&values[column]) {
                *sum += factor * value;
            }
        }
        Cow::Owned(sums)
    }

    /// The name people see: demangled, with its hash if the symbol has one.
    pub fn function_name(&self, function: FunctionId) -> &str {
        &self.data.functions[function.0 as usize].name
    }

    /// What a measure is made of: (index of a stored column in [`ProfileData::node_values`], factor). Values of the
    /// measure are the sums of the columns' values times their factors.
    pub fn formula(&self, measure: MeasureId) -> &[(usize, u64)] {
        &self.checked.formulas[measure.0 as usize]
    }

    /// Number of measures that have a column of their own.
    pub fn stored_measures(&self) -> usize {
        self.data
            .measures
            .iter()
            .filter(|m| m.source == Source::Stored)
            .count()
    }
}

impl Deref for Profile {
    type Target = ProfileData;

    fn deref(&self) -> &ProfileData {
        &self.data
    }
}

impl PartialEq for Profile {
    /// Equal data. What checking found out follows from it.
    fn eq(&self, other: &Profile) -> bool {
        self.data == other.data
    }
}

impl Eq for Profile {}
