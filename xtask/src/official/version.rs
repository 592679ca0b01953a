//! The versions of ziskemu that figures can be checked against.

use anyhow::{bail, Result};
use zkperf_testkit::{Target, ZISK_1_1_0, ZISK_1_2_0, ZISK_1_4_0};

/// A version of ziskemu and its cost model, as far as reading what it prints needs it.
#[derive(Debug)]
pub struct Version {
    /// The guests made for it, with its memory map.
    pub target: Target,
    /// What its reports and snapshots call the cost model, if they name one.
    pub costs_version: Option<&'static str>,
    /// Whether its report counts steps by region of the ROM.
    pub rom_regions: bool,
    /// Whether it takes `--random-seed`.
    pub takes_seed: bool,
    /// Prices (`ziskemu/src/emu_costs.rs`).
    pub prices: Prices,
}

/// What memory and steps cost.
#[derive(Debug, Clone, Copy)]
pub struct Prices {
    /// An aligned read of the RAM.
    pub read: u64,
    /// An aligned read of the ROM.
    pub rom_read: u64,
    /// An aligned read of the input.
    pub input_read: u64,
    /// An aligned write.
    pub write: u64,
    /// What reading a byte costs more.
    pub read_byte: u64,
    /// A row of the alignment machine: a read inside one word takes two, across two words three.
    pub align: u64,
    /// A step's share of the cost.
    pub step: u64,
}

const VERSIONS: [&Version; 3] = [&V1_4_0, &V1_1_0, &V1_2_0];

/// 1.4.0-alpha: what `zisk` alone means.
pub static V1_4_0: Version = Version {
    target: ZISK_1_4_0,
    costs_version: Some("1"),
    rom_regions: true,
    takes_seed: true,
    prices: Prices {
        read: 11,
        rom_read: 11,
        input_read: 29,
        write: 18,
        read_byte: 25,
        align: 50,
        step: 62,
    },
};

/// 1.1.0-alpha.
pub static V1_1_0: Version = Version {
    target: ZISK_1_1_0,
    costs_version: None,
    rom_regions: false,
    takes_seed: false,
    prices: Prices {
        read: 16,
        rom_read: 14,
        input_read: 29,
        write: 18,
        read_byte: 25,
        align: 53,
        step: 68,
    },
};

/// 1.2.0-alpha, whose ziskemu is that of 1.1.0-alpha.
pub static V1_2_0: Version = Version {
    target: ZISK_1_2_0,
    ..V1_1_0
};

impl Version {
    /// The version of a name.
    ///
    /// # Errors
    /// If figures of it cannot be checked.
    pub fn of(name: &str) -> Result<&'static Self> {
        match VERSIONS.iter().find(|known| known.name() == name) {
            Some(known) => Ok(known),
            None => bail!(
                "figures of ZisK {name} cannot be checked, only those of {}",
                VERSIONS.map(Self::name).join(", ")
            ),
        }
    }

    /// As `ziskemu --version` says it.
    pub fn name(&self) -> &'static str {
        self.target.version
    }
}
