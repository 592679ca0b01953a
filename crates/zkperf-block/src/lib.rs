//! From a block number to a checked input file of the reference guest.
//!
//! ```text
//! node ──JSON-RPC──► answers ──► Recorded ──► guest input ──native check──► store ──framing──► input file
//!                  recorded file ──┘
//! ```
//!
//! [`fetch_input`] does all of it: it asks the store first, then a node or a recorded file, checks the witness against
//! the block with the guests' own code, and only then stores anything. [`inspect_input`] reads an input file back.
//!
//! Nothing here prints: progress goes to a callback. No URL is ever shown beyond its host ([`Endpoint`]), since the
//! rest may hold an API key.

mod atomic;
mod chain;
mod check;
mod endpoint;
mod error;
mod fetch;
mod format;
mod hexbytes;
mod inspect;
mod kinds;
mod methods;
mod native;
mod node;
mod progress;
mod recorded;
mod request;
mod rpc;
mod store;
mod transport;
mod witness;

pub use chain::chain_name;
pub use endpoint::{percent_decode, Endpoint};
pub use error::{BlockError, InputFileError};
pub use fetch::fetch_input;
pub use format::{FormatSpec, Framing, InputFormat, FORMATS};
pub use inspect::{inspect_bytes, inspect_input, InputInfo};
pub use kinds::{transaction_kinds, TRANSACTION_KINDS};
pub use native::{run_native, NativeRun};
pub use progress::Progress;
pub use recorded::Recorded;
pub use request::{InputRequest, InputSource, StoredInput};
pub use store::{IndexEntry, Store};
pub use transport::{Limits, RetryPolicy};
pub use witness::Witness;
pub use zkperf_guest_core::WITNESS_SCHEMA;
