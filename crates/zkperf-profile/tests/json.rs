//! The text form: lossless, and as its schema says.

#[path = "support/arbitrary.rs"]
mod arbitrary;

use arbitrary::profiles;
use proptest::prelude::*;
use serde_json::{json, Value};
use zkperf_profile::{example, Completeness, JsonError, Profile, JSON_SCHEMA};

/// The committed schema, ready to judge documents.
struct Schema {
    schemas: boon::Schemas,
    index: boon::SchemaIndex,
}

impl Schema {
    fn new() -> Schema {
        let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
        let mut compiler = boon::Compiler::new();
        compiler
            .add_resource("profile.schema.json", schema)
            .unwrap();
        let mut schemas = boon::Schemas::new();
        let index = compiler
            .compile("profile.schema.json", &mut schemas)
            .unwrap();
        Schema { schemas, index }
    }

    fn judge(&self, document: &Value) -> Result<(), String> {
        self.schemas
            .validate(document, self.index)
            .map_err(|error| format!("{error:#}"))
    }
}

fn small() -> Value {
    serde_json::from_str(&Profile::new(example::small()).unwrap().to_json()).unwrap()
}

#[test]
fn the_schema_says_what_is_written() {
    let schema = Schema::new();
    schema.judge(&small()).unwrap();
    for completeness in [
        Completeness::Partial {
            reason: "panicked".into(),
            pc: Some(9),
            function: "f".into(),
        },
        Completeness::Partial {
            reason: "stopped".into(),
            pc: None,
            function: String::new(),
        },
        Completeness::Imported {
            missing: vec!["pcs".into()],
        },
    ] {
        let mut data = example::small();
        data.completeness = completeness;
        let text = Profile::new(data).unwrap().to_json();
        schema.judge(&serde_json::from_str(&text).unwrap()).unwrap();
    }
}

/// Every place of a document, as JSON pointers.
fn places(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                places(inner, format!("{at}/{key}"), out);
            }
        }
        // One element speaks for its list.
        Value::Array(list) => {
            if let Some(first) = list.first() {
                places(first, format!("{at}/0"), out);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        out.push(at);
    }
}

/// The schema knows every field: without it, or with something else in its place, it objects.
#[test]
fn the_schema_leaves_nothing_out() {
    let schema = Schema::new();
    let mut all = Vec::new();
    places(&small(), String::new(), &mut all);
    assert!(all.len() > 100, "{}", all.len());
    for place in all {
        let mut document = small();
        *document.pointer_mut(&place).unwrap() = json!({"no": ["such", "thing"]});
        assert!(schema.judge(&document).is_err(), "{place} replaced");
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut document = small();
        if let Some(Value::Object(map)) = document.pointer_mut(parent) {
            map.remove(key).unwrap();
            assert!(schema.judge(&document).is_err(), "{place} removed");
        }
    }
}

#[test]
fn other_documents_are_named_for_what_they_are() {
    let read = |value: Value| Profile::from_json(&value.to_string());
    let changed = |key: &str, with: Value| {
        let mut document = small();
        document[key] = with;
        read(document)
    };
    assert!(matches!(Profile::from_json("{"), Err(JsonError::Shape(_))));
    assert!(matches!(read(json!([7])), Err(JsonError::Shape(_))));
    assert!(matches!(read(json!({})), Err(JsonError::Format { .. })));
    assert!(
        matches!(changed("format", json!("pprof")), Err(JsonError::Format { found }) if found == "pprof")
    );
    assert!(matches!(
        changed("version", json!(2)),
        Err(JsonError::Version { found: 2 })
    ));
    assert!(matches!(
        changed("nodes", json!([])),
        Err(JsonError::Invalid(_))
    ));
    assert!(matches!(
        changed("nodes", json!(7)),
        Err(JsonError::Shape(_))
    ));
    assert!(changed("a_later_field", json!(7)).is_ok());
}

proptest! {
    #[test]
    fn every_profile_comes_back_from_json(data in profiles()) {
        let profile = Profile::new(data).unwrap();
        prop_assert_eq!(Profile::from_json(&profile.to_json()).unwrap(), profile);
    }
}
