//! From an ELF to the names of its code: which function holds an address, how people write its
//! name, and which crate and module it belongs to.
//!
//! Bytes in, values out: nothing here reads files or knows of profiles and zkVMs.
//!
//! # Which symbol holds an address
//! Symbols overlap, share addresses and lack sizes. The rules, so that two readers of one ELF always
//! agree:
//!
//! 1. Symbols count if they are defined, start inside executable code and have a name. `STT_FUNC`
//!    (and `STT_GNU_IFUNC`) count always. `STT_NOTYPE` labels are how hand-written assembly names
//!    its functions: global and weak ones count outside sized functions, local ones only where
//!    nothing else names the code. Assembler leftovers (`.L…`, `$x`, `$d`) never count.
//! 2. A symbol without a size reaches to the next symbol, to the end of the function around it, or
//!    to the end of its section, whichever comes first; beside a sized symbol of the same address it
//!    is an alias. A size that leaves the section is cut at its end.
//! 3. Symbols of equal extent are **aliases**: functions before labels, global before weak before
//!    local, the longer symbol before the shorter, then in alphabetical order. The first gives the
//!    name, the others are listed ([`Symbol::aliases`]).
//! 4. Where symbols overlap, the **smallest** that covers an address holds it; of two equally large,
//!    the one that starts later. An inner symbol thus cuts a hole into an outer one.
//! 5. Ranges added by engines obey the same rule; guessed functions ([`SymbolTable::add_call_targets`])
//!    only fill gaps.
//!
//! Names are text: bytes that are no UTF-8 become U+FFFD, in symbols as in debug information. No name is cut.
//!
//! # Which source an address comes from
//! [`SourceTable`] stands beside the symbols, keyed by address as well: lines and inlined frames, from DWARF. The
//! function itself is the symbol table's in any case; debug information says what lies between it and the line.

mod checks;
mod coverage;
mod disassembly;
mod dwarf;
mod elf;
mod error;
mod isa;
mod name;
mod path;
pub mod riscv;
mod source;
mod symbol;
mod table;

pub use checks::{checks, Check, CheckKind};
pub use disassembly::{Disassembly, Instruction};
pub use dwarf::{field_offsets, Field};
pub use elf::{executable_parts, same_code, Part};
pub use error::SymbolError;
pub use isa::extensions;
pub use name::{demangle, hash_of, without_hash, Name};
pub use path::{is_whole_name, SymbolPath};
pub use source::{InlinedFrame, Position, SourceTable, Span};
pub use symbol::{Binding, Origin, Symbol, SymbolId};
pub use table::{ExtraRange, Range, SymbolTable};
