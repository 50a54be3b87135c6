//! The exact tool list that a model receives, and that manifests and tools belong together.

use std::fmt::Write as _;

use attendant::tools::manifest::{Confirm, Effect, Manifest};
use attendant::tools::registry::{Registry, Run};

/// Every word of the list is reviewed here: it is a prompt.
#[test]
fn the_model_is_told_exactly_this() {
    let registry = Registry::new().expect("tools and manifests belong together");
    let mut told = String::new();
    for spec in registry.specs().iter() {
        let parameters = serde_json::to_string_pretty(&spec.parameters).expect("JSON");
        writeln!(
            told,
            "# {}\n{}\n{parameters}\n",
            spec.name, spec.description
        )
        .expect("a String takes everything");
    }
    insta::assert_snapshot!(told);
}

/// No manifest without a tool, no tool without a manifest, and on disk the same as in the binary.
#[test]
fn every_manifest_on_disk_is_a_tool() {
    let registry = Registry::new().expect("tools and manifests belong together");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tools");
    let mut on_disk: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    on_disk.sort();
    let mut tools: Vec<String> = registry
        .iter()
        .map(|tool| format!("{}.toml", tool.manifest.name))
        .collect();
    tools.sort();
    assert_eq!(on_disk, tools);
    assert_eq!(Manifest::all().expect("they read").len(), tools.len());
}

/// What a manifest promises of a tool is what the tool is: one that asks for a yes proposes.
#[test]
fn confirm_and_the_kind_of_tool_agree() {
    let registry = Registry::new().expect("tools and manifests belong together");
    for tool in registry.iter() {
        let manifest = &tool.manifest;
        let proposes = matches!(tool.run, Run::Confirm(_));
        assert_eq!(
            proposes,
            manifest.confirm == Confirm::Shopper,
            "{}",
            manifest.name
        );
        assert!(
            !(proposes && manifest.effect == Effect::Read),
            "{}",
            manifest.name
        );
    }
    assert!(registry.get("search_policies").is_some());
    assert!(registry.get("drop_database").is_none());
}
