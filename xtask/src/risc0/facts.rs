//! What is compared: the figures of a run, in one form for both executors.

use std::collections::BTreeMap;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// TERMINATE with this `a0`.
    Terminated(u32),
    /// The executor gave up.
    Failed(String),
}

/// One segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentFacts {
    pub po2: u32,
    pub user: u64,
    pub paging: u64,
}

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub end: End,
    pub user: u64,
    pub paging: u64,
    pub reserved: u64,
    pub total: u64,
    pub segments: Vec<SegmentFacts>,
    /// Machine ecalls: count and cycles.
    pub ecalls: BTreeMap<String, (u64, u64)>,
    /// Retired instructions by mnemonic, where they were counted.
    pub opcodes: Option<BTreeMap<String, u64>>,
    pub keccaks: u64,
    pub journal: Vec<u8>,
    pub printed: Vec<u8>,
}

impl Facts {
    /// A run without figures.
    pub fn failed(why: String) -> Self {
        Self {
            end: End::Failed(why),
            user: 0,
            paging: 0,
            reserved: 0,
            total: 0,
            segments: Vec::new(),
            ecalls: BTreeMap::new(),
            opcodes: None,
            keccaks: 0,
            journal: Vec::new(),
            printed: Vec::new(),
        }
    }

    /// Every figure with its name.
    fn figures(&self) -> BTreeMap<String, u64> {
        let mut figures = BTreeMap::from([
            ("user".to_owned(), self.user),
            ("paging".to_owned(), self.paging),
            ("reserved".to_owned(), self.reserved),
            ("total".to_owned(), self.total),
            ("segments".to_owned(), self.segments.len() as u64),
            ("keccaks".to_owned(), self.keccaks),
        ]);
        for (index, segment) in self.segments.iter().enumerate() {
            figures.insert(format!("segment {index} po2"), u64::from(segment.po2));
            figures.insert(format!("segment {index} user"), segment.user);
            figures.insert(format!("segment {index} paging"), segment.paging);
        }
        for (name, (count, cycles)) in &self.ecalls {
            figures.insert(format!("ecall {name} count"), *count);
            figures.insert(format!("ecall {name} cycles"), *cycles);
        }
        for (name, count) in self.opcodes.iter().flatten() {
            figures.insert(format!("opcode {name}"), *count);
        }
        figures
    }
}

/// What a comparison found.
#[derive(Debug, Default, Clone)]
pub struct Verdict {
    pub compared: usize,
    pub different: Vec<String>,
}

impl Verdict {
    /// Adds another's findings under a name.
    pub fn absorb(&mut self, name: &str, other: Verdict) {
        self.compared += other.compared;
        let named = other
            .different
            .into_iter()
            .map(|line| format!("{name}: {line}"));
        self.different.extend(named);
    }

    fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, official: &T, ours: &T) {
        self.compared += 1;
        if official != ours {
            self.different
                .push(format!("{what}: official {official:?}, ours {ours:?}"));
        }
    }
}

/// Compares two runs. Where the official executor failed there are no figures: ours must have failed.
pub fn compare(official: &Facts, ours: &Facts) -> Verdict {
    let mut verdict = Verdict::default();
    match (&official.end, &ours.end) {
        (End::Failed(_), End::Failed(_)) => {
            verdict.compared = 1;
            return verdict;
        }
        (a, b) => verdict.check("ending", a, b),
    }
    verdict.check("journal", &official.journal, &ours.journal);
    verdict.check("printed", &official.printed, &ours.printed);
    let mut theirs = official.figures();
    let mut mine = ours.figures();
    if official.opcodes.is_none() || ours.opcodes.is_none() {
        theirs.retain(|key, _| !key.starts_with("opcode "));
        mine.retain(|key, _| !key.starts_with("opcode "));
    }
    let keys: std::collections::BTreeSet<&String> = theirs.keys().chain(mine.keys()).collect();
    for key in keys {
        verdict.check(key, &theirs.get(key), &mine.get(key));
    }
    verdict
}

/// Mnemonic of a word that the circuit executes, told from its bits alone.
pub fn mnemonic(word: u32) -> Option<&'static str> {
    const BRANCHES: [&str; 8] = ["beq", "bne", "", "", "blt", "bge", "bltu", "bgeu"];
    const LOADS: [&str; 8] = ["lb", "lh", "lw", "", "lbu", "lhu", "", ""];
    const STORES: [&str; 8] = ["sb", "sh", "sw", "", "", "", "", ""];
    const IMMEDIATE: [&str; 8] = [
        "addi", "slli", "slti", "sltiu", "xori", "srli", "ori", "andi",
    ];
    const REGISTER: [&str; 8] = ["add", "sll", "slt", "sltu", "xor", "srl", "or", "and"];
    const PRODUCTS: [&str; 8] = [
        "mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu",
    ];
    let (funct3, funct7) = ((word >> 12 & 7) as usize, word >> 25);
    let name = match (word & 0x7f, funct7) {
        (0x37, _) => "lui",
        (0x17, _) => "auipc",
        (0x6f, _) => "jal",
        (0x67, _) => "jalr",
        (0x63, _) => BRANCHES[funct3],
        (0x03, _) => LOADS[funct3],
        (0x23, _) => STORES[funct3],
        (0x13, 0x20) if funct3 == 5 => "srai",
        (0x13, _) => IMMEDIATE[funct3],
        (0x33, 0) => REGISTER[funct3],
        (0x33, 1) => PRODUCTS[funct3],
        (0x33, 0x20) if funct3 == 0 => "sub",
        (0x33, 0x20) if funct3 == 5 => "sra",
        (0x73, 0) => "ecall",
        (0x73, 0x18) => "mret",
        _ => "",
    };
    (!name.is_empty()).then_some(name)
}
