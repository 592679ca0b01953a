//! Chains by name, and the fork schedules of public test nets.

use ethrex_common::types::ChainConfig;
use ethrex_common::Address;
use serde_json::Value;
use zkperf_guest_core::{mainnet, ChainSpec};

const MAINNET: u64 = 1;
const SEPOLIA: u64 = 11_155_111;
const HOODI: u64 = 560_048;

const NAMES: &[(u64, &str)] = &[(MAINNET, "mainnet"), (SEPOLIA, "sepolia"), (HOODI, "hoodi")];

/// The chain's name as it stands in file names: `mainnet`, `sepolia`, `hoodi`, else its id.
pub fn chain_name(chain_id: u64) -> String {
    let known = NAMES.iter().find(|(id, _)| *id == chain_id);
    known.map_or_else(|| chain_id.to_string(), |(_, name)| name.to_string())
}

/// The chain for the guest's input: mainnet's rules are part of the guest, another chain's come from the node, or
/// from the table below. `None` if they are nowhere to be had.
pub(crate) fn chain_spec(chain_id: u64, told: Option<&ChainConfig>) -> Option<ChainSpec> {
    if chain_id == MAINNET {
        return Some(ChainSpec::Mainnet);
    }
    let config = told.copied().or_else(|| test_net(chain_id))?;
    Some(ChainSpec::Custom(Box::new(config)))
}

/// Whether the guest or this crate knows the chain's rules.
pub(crate) fn is_known(chain_id: u64) -> bool {
    chain_id == MAINNET || test_net(chain_id).is_some()
}

/// Whether the rules must be asked for: the guest brings mainnet's only.
pub(crate) fn wants_config(chain_id: u64) -> bool {
    chain_id != MAINNET
}

/// Fork schedules as published by the test nets (github.com/eth-clients). They serve nodes that don't tell theirs,
/// and end at the last fork known here: a later block is then rejected by the native check, never stored.
fn test_net(chain_id: u64) -> Option<ChainConfig> {
    let zero = Some(0);
    let since_genesis = ChainConfig {
        chain_id,
        homestead_block: zero,
        eip150_block: zero,
        eip155_block: zero,
        eip158_block: zero,
        byzantium_block: zero,
        constantinople_block: zero,
        petersburg_block: zero,
        istanbul_block: zero,
        muir_glacier_block: zero,
        berlin_block: zero,
        london_block: zero,
        terminal_total_difficulty_passed: true,
        ..ChainConfig::default()
    };
    match chain_id {
        SEPOLIA => Some(ChainConfig {
            merge_netsplit_block: Some(1_735_371),
            terminal_total_difficulty: Some(17_000_000_000_000_000),
            shanghai_time: Some(1_677_557_088),
            cancun_time: Some(1_706_655_072),
            prague_time: Some(1_741_159_776),
            osaka_time: Some(1_760_427_360),
            bpo1_time: Some(1_761_017_184),
            bpo2_time: Some(1_761_607_008),
            amsterdam_time: Some(1_791_294_816),
            deposit_contract_address: address("7f02c3e3c98b133055b8b348b2ac625669ed295d"),
            ..since_genesis
        }),
        HOODI => Some(ChainConfig {
            merge_netsplit_block: zero,
            terminal_total_difficulty: Some(0),
            shanghai_time: zero,
            cancun_time: zero,
            prague_time: Some(1_742_999_832),
            osaka_time: Some(1_761_677_592),
            bpo1_time: Some(1_762_365_720),
            bpo2_time: Some(1_762_955_544),
            deposit_contract_address: mainnet().deposit_contract_address,
            ..since_genesis
        }),
        _ => None,
    }
}

fn address(hex_digits: &str) -> Address {
    let mut out = Address::zero();
    // the digits are constants of this file; a test checks them
    let _ = hex::decode_to_slice(hex_digits, &mut out.0);
    out
}

/// Reads a chain config as clients answer it: geth's form, which ethrex shares, on its own or within
/// `admin_nodeInfo`.
pub(crate) fn read_config(answer: Value, chain_id: u64) -> Result<ChainConfig, String> {
    let mut config = match answer.pointer("/protocols/eth/config") {
        Some(config) => config.clone(),
        None => answer,
    };
    let fields = config.as_object_mut().ok_or("it is no object")?;
    if !fields
        .get("depositContractAddress")
        .is_some_and(Value::is_string)
    {
        fields.insert(
            "depositContractAddress".to_string(),
            Value::String(format!("{:#x}", Address::zero())),
        );
    }
    if fields.get("blobSchedule").is_some_and(Value::is_null) {
        fields.remove("blobSchedule");
    }
    let config: ChainConfig = serde_json::from_value(config).map_err(|cause| cause.to_string())?;
    match config.chain_id == chain_id {
        true => Ok(config),
        false => Err(format!(
            "it is for chain {}, the node is on chain {chain_id}",
            config.chain_id
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names() {
        assert_eq!(chain_name(1), "mainnet");
        assert_eq!(chain_name(11_155_111), "sepolia");
        assert_eq!(chain_name(560_048), "hoodi");
        assert_eq!(chain_name(1337), "1337");
    }

    #[test]
    fn test_nets_have_their_deposit_contracts() {
        let address = |id| format!("{:#x}", test_net(id).unwrap().deposit_contract_address);
        assert_eq!(
            address(SEPOLIA),
            "0x7f02c3e3c98b133055b8b348b2ac625669ed295d"
        );
        assert_eq!(address(HOODI), "0x00000000219ab540356cbb839cbe05303d7705fa");
        assert!(test_net(1).is_none() && test_net(1337).is_none());
    }

    #[test]
    fn a_told_config_goes_before_the_table() {
        let told = ChainConfig {
            chain_id: SEPOLIA,
            osaka_time: Some(5),
            ..ChainConfig::default()
        };
        assert_eq!(chain_spec(SEPOLIA, Some(&told)).unwrap().config(), told);
        assert_eq!(chain_spec(MAINNET, Some(&told)), Some(ChainSpec::Mainnet));
        assert_eq!(chain_spec(1337, None), None);
    }

    #[test]
    fn configs_of_both_kinds_are_read() {
        // geth's form: a bare number beyond u64, a blob schedule of its own, no deposit contract
        let config = json!({
            "chainId": 1337, "homesteadBlock": 0, "londonBlock": 0, "shanghaiTime": 0, "cancunTime": 12,
            "terminalTotalDifficulty": 5875000000000000000000u128 as f64,
            "ethash": {}, "blobSchedule": {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477}},
        });
        let own = read_config(config.clone(), 1337).unwrap();
        assert_eq!((own.chain_id, own.cancun_time), (1337, Some(12)));
        let within = json!({"name": "Geth", "protocols": {"eth": {"config": config}}});
        assert_eq!(read_config(within, 1337).unwrap(), own);
        assert!(read_config(serde_json::to_value(own).unwrap(), 1)
            .unwrap_err()
            .contains("chain 1337"));
        assert_eq!(
            read_config(serde_json::to_value(own).unwrap(), 1337).unwrap(),
            own
        );
        assert!(read_config(json!([]), 1).is_err() && read_config(json!({}), 1).is_err());
    }
}
