//! axe-core, the checker of accessibility, in the page a browser shows.

use serde_json::Value;

use crate::browser::TestBrowser;

/// Says what does not hold, and where.
const RUN: &str = "const [done] = arguments; \
    axe.run(document, { resultTypes: ['violations'] }).then(result => done(result.violations.map(violation => \
        violation.id + ': ' + violation.help + ' (' + violation.nodes.map(node => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(', ') + ')'), \
        error => done(['axe failed: ' + error])))";

/// What axe-core finds in the page as it is; every rule it has is asked.
pub async fn violations(browser: &TestBrowser) -> Vec<String> {
    if browser.script("return typeof axe").await != "object" {
        browser.script(&source()).await;
    }
    // Half way from one colour to another there is no contrast to speak of.
    browser.settle().await;
    let found = browser.client().execute_async(RUN, Vec::new()).await.expect("axe runs");
    let Value::Array(found) = found else { panic!("axe tells a list, not {found}") };
    found.iter().map(|what| what.as_str().unwrap_or_default().to_owned()).collect()
}

fn source() -> String {
    let path = std::env::var("GUEST_PORTAL_AXE").expect("GUEST_PORTAL_AXE is where axe-core lies: `./x` sets it");
    // A script of its own: what it declares must stay in the window.
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}; run ./x setup")) + "; window.axe = axe;"
}
