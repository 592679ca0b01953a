//! Where blocks come from and go to.

use super::ConfigArgs;
use clap::Args;
use std::path::PathBuf;

/// The variable with the URL of a node.
pub const RPC_URL: &str = "ZKPERF_RPC_URL";

/// Where blocks come from and go to.
#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// JSON-RPC endpoint of a node with debug_executionWitness. Only its host is ever shown.
    #[arg(
        long,
        value_name = "URL",
        env = RPC_URL,
        hide_env_values = true
    )]
    pub rpc_url: Option<String>,
    /// PEM file of certificates to trust, instead of the bundled ones, when the node is https://.
    #[arg(
        long,
        value_name = "FILE",
        env = "SSL_CERT_FILE",
        hide_env_values = true
    )]
    pub ca_file: Option<PathBuf>,
    /// A recorded answer instead of a node; repeat for several blocks.
    #[arg(long, value_name = "FILE", conflicts_with = "rpc_url")]
    pub recorded: Vec<PathBuf>,
    /// The chain the block must be of.
    #[arg(long, value_name = "ID")]
    pub chain_id: Option<u64>,
    /// The input store; default: $ZKPERF_HOME/inputs, or the user's data folder.
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Ask the node even if the store has the block.
    #[arg(long)]
    pub refetch: bool,
    /// Where nothing else names a source, ask http://localhost:8545 for what the store does not have.
    #[arg(long)]
    pub local_node: bool,
}

/// `zkperf input`.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Block number; may be left out with --recorded.
    pub block: Option<u64>,
    /// Source and store.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The zkVM whose framing the file gets: zisk, sp1, risc0, or all for one file each.
    #[arg(
        long,
        visible_alias = "zkvm",
        value_name = "FORMAT",
        default_value = "zisk"
    )]
    pub format: String,
    /// Folder for the input file; default: the store.
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Which zkperf.toml holds.
    #[command(flatten)]
    pub project: ConfigArgs,
    /// Also save what the node answered, in the form --recorded reads.
    #[arg(long, value_name = "FILE")]
    pub save_recorded: Option<PathBuf>,
}
