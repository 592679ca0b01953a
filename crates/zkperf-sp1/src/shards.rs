//! How the official prover cuts a run into shards, and why.
//!
//! `SplicingVM` (`src/splicing.rs` of `sp1-core-executor` 6.10.0) replays a trace chunk and asks a
//! `ShapeChecker` (`src/vm/shapes.rs`) after every instruction how large the shard has become. A shard
//! ends when its trace area or its tallest table reaches a limit (not after it has committed public
//! values), when the trace chunk does, and when the guest halts.

use crate::decode::Decoded;
use crate::syscall::Syscall;
use crate::weights::*;
use zkperf_exec::riscv::Op;
use zkperf_exec::{Executions, ShardLimits};

/// The official limits (`ELEMENT_THRESHOLD`, `HEIGHT_THRESHOLD` and `MINIMAL_TRACE_CHUNK_THRESHOLD`,
/// `src/opts.rs`).
pub const SHARD_LIMITS: ShardLimits = ShardLimits {
    area: (1 << 28) + (1 << 27),
    height: 1 << 22,
    entries: 1 << 24,
};

/// What a shard has, whatever runs in it: room for padding, and for one instruction.
const RESERVED_AREA: u64 = 2 << 18;
/// Room for the system call that ends a run: (area, rows).
const HALT: (u64, u64) = (1 << 18, 1 << 10);
/// Rows of the tables of bytes and ranges.
const BYTE_ROWS: u64 = 1 << 16;
const RANGE_ROWS: u64 = 1 << 17;
/// Registers, which count as touched in every shard.
const REGISTERS: u64 = 32;
/// Area of a first touch.
const TOUCH_AREA: u64 = MEMORY_LOCAL.area + 2 * GLOBAL.area;
/// The most area of an instruction that is no `ecall`: a load to x0 or a byte's store that touches a
/// new word, and bumps the state; a division has more without a touch, but not more than that.
const MOST_AREA: u64 = STORE_BYTE.area + TOUCH_AREA + STATE_BUMP.area;
/// The area of the memory bumps that any stretch up to the next look may have.
const BUMPS_AREA: u64 = 16 * MEMORY_BUMP_ROWS * MEMORY_BUMP.area;
/// Instructions after which a shard is looked at again, at most: no more bumps than above.
const MOST_QUIET: u64 = 1 << 24;

/// Tables by place: those of [`AIRS`], then the two for writes to x0.
const TABLES: usize = AIRS.len() + 2;
/// Instructions of which one flag says whether any has run.
const BLOCK: usize = 64;

/// Place of the table that an operation fills; `to_x0`: if it writes to x0.
pub(crate) fn table_of(op: Op, opcode: &Opcode, to_x0: bool) -> u8 {
    let is_alu = (Op::Addi..=Op::Remuw).contains(&op);
    let place = match to_x0 {
        true if is_alu => AIRS.len(),
        true if op.is_load() => AIRS.len() + 1,
        _ => place(&opcode.air),
    };
    place as u8
}

/// Area of a row of the table at a place.
pub(crate) fn area_of(table: u8) -> u64 {
    let all = AIRS.iter().chain(SHARD_AIRS);
    all.map(|air| air.area).nth(usize::from(table)).unwrap_or(0)
}

fn place(air: &Air) -> usize {
    let place = AIRS.iter().position(|known| known.name == air.name);
    place.unwrap_or(AIRS.len())
}

/// Why a shard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The guest halted.
    Halted,
    /// The trace area reached its limit.
    Area,
    /// The table at a place reached its limit.
    Height(usize),
    /// The trace chunk was full of memory entries.
    Entries,
    /// The run was stopped, or the guest faulted.
    Stopped,
}

impl Cause {
    /// Whether another shard follows.
    pub(crate) fn is_cut(self) -> bool {
        !matches!(self, Self::Halted | Self::Stopped)
    }

    /// In words.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Halted => "the guest halted".into(),
            Self::Area => "trace area full".into(),
            Self::Height(table) => {
                let air = AIRS.iter().chain(SHARD_AIRS).nth(table);
                format!("table {} full", air.map_or("?", |air| air.name))
            }
            Self::Entries => "trace chunk full".into(),
            Self::Stopped => "the run was stopped".into(),
        }
    }
}

/// One shard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shard {
    pub(crate) cause: Cause,
    pub(crate) cycles: u64,
    /// Index of the instruction that would come next.
    pub(crate) next: usize,
    /// The clock there.
    pub(crate) clock: u64,
    /// Trace area, with what every shard has.
    pub(crate) area: u64,
    /// Rows of touched words, registers included.
    pub(crate) touched: u64,
    /// Memory entries recorded.
    pub(crate) entries: u64,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now<'a> {
    /// Index of the next instruction.
    pub(crate) at: usize,
    pub(crate) cycles: u64,
    pub(crate) entries: u64,
    pub(crate) clock: u64,
    /// The coming execution of `at` is among them already.
    pub(crate) executions: &'a Executions,
}

/// Cuts a run into shards.
pub(crate) struct Shards<'p> {
    program: &'p Decoded,
    limits: ShardLimits,
    pub(crate) done: Vec<Shard>,
    /// Area of the running shard.
    pub(crate) area: u64,
    /// Rows of the running shard that are no instruction's, and the most in one table.
    others: [u64; TABLES],
    tallest_other: u64,
    /// Rows of instructions when the shard began.
    before: [u64; TABLES],
    /// The most rows of one table of instructions at the last count, and the cycles then: each cycle
    /// since may have added one.
    tallest: u64,
    counted_at: u64,
    committed: bool,
    /// Cycles and entries when the shard began, and entries when the chunk did.
    start_cycles: u64,
    start_entries: u64,
    chunk_entries: u64,
    /// Whether a precompile runs whose rows go to another shard.
    pub(crate) external: bool,
    /// Blocks of instructions of which any has run.
    executed: Vec<bool>,
    /// Where in a block an instruction stands, if any, whose successor is in another 64 KiB.
    crossing: usize,
    memory_local: usize,
    global: usize,
    syscall_core: usize,
    memory_bump: usize,
    state_bump: usize,
}

impl<'p> Shards<'p> {
    pub(crate) fn new(program: &'p Decoded, limits: ShardLimits) -> Self {
        let mut shards = Self {
            program,
            limits: ShardLimits {
                area: limits.area.saturating_sub(HALT.0),
                height: limits.height.saturating_sub(HALT.1),
                entries: limits.entries.max(1),
            },
            done: Vec::new(),
            area: 0,
            others: [0; TABLES],
            tallest_other: 0,
            before: [0; TABLES],
            tallest: 0,
            counted_at: 0,
            committed: false,
            start_cycles: 0,
            start_entries: 0,
            chunk_entries: 0,
            external: false,
            executed: vec![false; program.len() / BLOCK + 1],
            crossing: (0xfffc_u64.wrapping_sub(program.base) / 4) as usize % BLOCK,
            memory_local: place(&MEMORY_LOCAL),
            global: place(&GLOBAL),
            syscall_core: place(&SYSCALL_CORE),
            memory_bump: place(&MEMORY_BUMP),
            state_bump: place(&STATE_BUMP),
        };
        shards.begin();
        shards
    }

    fn begin(&mut self) {
        let program_rows = (self.program.len() as u64).next_multiple_of(32);
        self.area = program_rows * PROGRAM.area
            + BYTE_ROWS * BYTE.area
            + RANGE_ROWS * RANGE.area
            + RESERVED_AREA;
        self.others = [0; TABLES];
        self.tallest_other = 0;
        self.committed = false;
        for _ in 0..REGISTERS {
            self.touched();
        }
    }

    fn add(&mut self, table: usize, rows: u64, area: u64) {
        self.others[table] += rows;
        self.tallest_other = self.tallest_other.max(self.others[table]);
        self.area += rows * area;
    }

    /// An instruction runs for the first time in a gas chunk.
    pub(crate) fn visited(&mut self, at: usize) {
        self.executed[at / BLOCK] = true;
    }

    /// A word is new to the shard.
    pub(crate) fn touched(&mut self) {
        self.add(self.memory_local, 1, MEMORY_LOCAL.area);
        self.add(self.global, 2, GLOBAL.area);
    }

    /// The clock's upper bits change, or its lower part wraps.
    pub(crate) fn bumped(&mut self, memory_rows: u64, state_rows: u64) {
        self.add(self.memory_bump, memory_rows, MEMORY_BUMP.area);
        self.add(self.state_bump, state_rows, STATE_BUMP.area);
    }

    /// A syscall was called.
    pub(crate) fn called(&mut self, syscall: &Syscall) {
        self.external = false;
        self.committed |= syscall.commits();
        let Some(air) = syscall.air else { return };
        if syscall.is_deferred() {
            self.add(self.global, 1, GLOBAL.area);
            self.add(self.syscall_core, 1, SYSCALL_CORE.area);
            return;
        }
        self.add(place(&air), syscall.rows, air.area);
        // One row of the table that controls those of several rows.
        self.area += match air {
            SHA_EXTEND => SHA_EXTEND_CONTROL.area,
            SHA_COMPRESS => SHA_COMPRESS_CONTROL.area,
            _ => 0,
        };
    }

    /// Instructions, none of them an `ecall`, during which no shard can end.
    pub(crate) fn quiet(&self, now: Now) -> u64 {
        let area = self.limits.area.saturating_sub(self.area + BUMPS_AREA) / MOST_AREA;
        let tallest = self.tallest_other.max(self.rows_at_most(now));
        let height = self.limits.height.saturating_sub(tallest) / 2;
        let entries = self.limits.entries.saturating_sub(self.entries(now));
        let limited = if self.committed {
            MOST_QUIET
        } else {
            area.min(height)
        };
        limited.min(entries).min(MOST_QUIET)
    }

    /// Whether a shard can end in the straight run that begins here, at the latest with its last
    /// instruction.
    pub(crate) fn is_near(&mut self, now: Now) -> bool {
        let Some(&end) = self.program.reach.get(now.at) else {
            return true;
        };
        let (from, to) = (
            &self.program.statics[now.at],
            &self.program.statics[end as usize + 1],
        );
        let entries = to.counted[3] - from.counted[3];
        if self.entries(now) + entries >= self.limits.entries {
            return true;
        }
        if self.committed {
            return false;
        }
        let area = to.area - from.area + entries * TOUCH_AREA + BUMPS_AREA;
        let rows = (u64::from(end) + 1 - now.at as u64) * 2;
        if self.area + area >= self.limits.area {
            return true;
        }
        let is_tall = |shards: &Self| {
            shards.tallest_other.max(shards.rows_at_most(now)) + rows >= shards.limits.height
        };
        is_tall(self) && {
            self.count(now);
            is_tall(self)
        }
    }

    /// Ends the shard here, if one of its limits is reached.
    pub(crate) fn cut(&mut self, now: Now) -> bool {
        let Some(cause) = self.cause(now) else {
            return false;
        };
        self.close(cause, now);
        if cause == Cause::Entries {
            self.chunk_entries = now.entries;
        }
        self.before = self.instruction_rows(now);
        (self.tallest, self.counted_at) = (0, now.cycles);
        self.begin();
        true
    }

    fn cause(&mut self, now: Now) -> Option<Cause> {
        if self.entries(now) >= self.limits.entries {
            return Some(Cause::Entries);
        }
        if self.committed {
            return None;
        }
        if self.area >= self.limits.area {
            return Some(Cause::Area);
        }
        let limit = self.limits.height;
        if self.rows_at_most(now) >= limit {
            self.count(now);
        }
        if self.tallest.max(self.tallest_other) < limit {
            return None;
        }
        let rows = self.rows(now);
        rows.iter()
            .position(|rows| *rows >= limit)
            .map(Cause::Height)
    }

    /// Ends the last shard.
    pub(crate) fn close(&mut self, cause: Cause, now: Now) {
        let cycles = now.cycles - self.start_cycles;
        if cycles > 0 {
            self.done.push(Shard {
                cause,
                cycles,
                next: now.at,
                clock: now.clock,
                area: self.area,
                touched: self.others[self.memory_local],
                entries: now.entries - self.start_entries,
            });
        }
        self.start_cycles = now.cycles;
        self.start_entries = now.entries;
    }

    /// Entries in the running trace chunk.
    fn entries(&self, now: Now) -> u64 {
        now.entries - self.chunk_entries
    }

    /// No table of instructions has more rows.
    fn rows_at_most(&self, now: Now) -> u64 {
        self.tallest + (now.cycles - self.counted_at)
    }

    fn count(&mut self, now: Now) {
        let rows = self.rows(now);
        self.tallest = rows.into_iter().max().unwrap_or(0);
        self.counted_at = now.cycles;
    }

    /// Rows of every table in the running shard.
    fn rows(&self, now: Now) -> [u64; TABLES] {
        let mut rows = self.instruction_rows(now);
        let parts = self.before.iter().zip(&self.others);
        for (rows, (before, others)) in rows.iter_mut().zip(parts) {
            *rows = *rows - before + others;
        }
        rows
    }

    /// Rows of instructions since the run began. Only blocks that ran are looked at: there are few.
    fn instruction_rows(&self, now: Now) -> [u64; TABLES] {
        let mut rows = [0; TABLES];
        let program = self.program;
        let mut running = 0i64;
        for (block, executed) in self.executed.iter().enumerate() {
            // Nothing runs on from a block that did not run, and none into it.
            if !executed {
                running = 0;
                continue;
            }
            let from = block * BLOCK;
            let to = (from + BLOCK).min(program.len());
            let tables = program.shard_tables[from..to].iter();
            for ((table, change), at) in tables.zip(now.executions.changes(from..to)).zip(from..) {
                // The next instruction is announced, but has not run.
                running += change - i64::from(at == now.at);
                rows[usize::from(*table)] += running as u64;
                if at % BLOCK == self.crossing && program.crosses(at) {
                    rows[self.state_bump] += running as u64;
                }
            }
        }
        rows
    }
}
