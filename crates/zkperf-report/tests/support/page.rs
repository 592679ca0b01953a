//! Reads a page as its own script does: base64, gzip, JSON, columns.

use base64::Engine as _;
use serde_json::Value;
use std::collections::HashMap;
use std::io::Read as _;

/// What stands in a page.
pub struct Page {
    /// The data (`zkperf-html/1`).
    pub data: Value,
    columns: HashMap<String, Vec<u64>>,
}

/// The one element that holds data.
const DATA: &str = "<script type=\"application/octet-stream\" id=\"data\">";

impl Page {
    pub fn read(page: &str) -> Page {
        let packed = page.split_once(DATA).expect("data").1;
        let packed = packed.split_once('<').expect("an end").0;
        let packed = base64::engine::general_purpose::STANDARD
            .decode(packed)
            .unwrap();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_end(&mut bytes)
            .unwrap();
        let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        let data: Value = serde_json::from_slice(&bytes[4..4 + length]).unwrap();
        let mut block = &bytes[4 + length..];
        let mut columns = HashMap::new();
        for column in data["columns"].as_array().unwrap() {
            let (own, rest) = block.split_at(column["bytes"].as_u64().unwrap() as usize);
            block = rest;
            let values = decode(own, column["coding"] == "delta");
            assert_eq!(values.len() as u64, column["count"].as_u64().unwrap());
            columns.insert(column["name"].as_str().unwrap().to_owned(), values);
        }
        assert!(block.is_empty(), "every byte is a column's");
        Page { data, columns }
    }

    /// A column; zeros if it is left out.
    pub fn column(&self, name: &str, like: &str) -> Vec<u64> {
        let zeros = || vec![0; self.columns[like].len()];
        self.columns.get(name).cloned().unwrap_or_else(zeros)
    }

    /// A measure's values of all contexts (`nodes`) or of all code (`code`).
    pub fn values(&self, of: &str, side: usize, measure: usize) -> Vec<u64> {
        let like = format!("{of}.function");
        let mut sums = vec![0; self.columns[&like].len()];
        for part in self.data["measures"][measure]["formula"]
            .as_array()
            .unwrap()
        {
            let column = self.column(&format!("{of}.value.{side}.{}", part[0]), &like);
            let factor = part[1].as_u64().unwrap();
            for (sum, value) in sums.iter_mut().zip(column) {
                *sum += value * factor;
            }
        }
        sums
    }

    /// The parent of each context.
    pub fn parents(&self) -> Vec<usize> {
        let up = self.column("nodes.up", "nodes.function");
        let mut parents = vec![0; up.len()];
        for at in 1..up.len() {
            parents[at] = (0..up[at]).fold(at - 1, |above, _| parents[above]);
        }
        parents
    }

    pub fn sides(&self) -> usize {
        self.data["sides"].as_array().unwrap().len()
    }

    pub fn measures(&self) -> usize {
        self.data["measures"].as_array().unwrap().len()
    }

    /// What a measure's values make up.
    pub fn sum(&self, side: usize, measure: usize) -> u64 {
        exact(&self.data["sides"][side]["totals"][measure]["sum"])
    }

    /// Demands that contexts and code make up the whole run, in every measure of every profile.
    pub fn demand_closed(&self) {
        for side in 0..self.sides() {
            for measure in 0..self.measures() {
                for of in ["nodes", "code"] {
                    let sum: u64 = self.values(of, side, measure).iter().sum();
                    let name = &self.data["measures"][measure]["name"];
                    assert_eq!(sum, self.sum(side, measure), "{of} of {name}");
                }
            }
        }
    }
}

/// An integer, which is text beyond 2^53.
pub fn exact(value: &Value) -> u64 {
    let text = value.as_str().map(|text| text.parse().unwrap());
    text.or(value.as_u64()).unwrap()
}

fn decode(mut bytes: &[u8], delta: bool) -> Vec<u64> {
    let mut values = Vec::new();
    let mut last = 0u64;
    while !bytes.is_empty() {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            value |= u64::from(bytes[0] & 0x7f) << shift;
            shift += 7;
            let more = bytes[0] >= 0x80;
            bytes = &bytes[1..];
            if !more {
                break;
            }
        }
        if delta {
            last = last.wrapping_add(((value >> 1) as i64 ^ -((value & 1) as i64)) as u64);
            value = last;
        }
        values.push(value);
    }
    values
}
