//! The team and the rules know one another.

use std::collections::BTreeSet;

use pyteam_agents::Team;
use pyteam_engine::Engine;

#[test]
fn every_rule_has_an_owner_in_the_team_and_every_code_of_the_team_is_a_rule() {
    let team = Team::of_pyteam();
    let engine = Engine::new(pyteam_rules::all());
    let mut wrong = Vec::new();
    for rule in pyteam_rules::all() {
        let page = rule.page();
        let Some(name) = &page.agent else {
            wrong.push(format!("{}: its page names no `agent`", page.code));
            continue;
        };
        match team.get(name) {
            None => wrong.push(format!("{}: its page names `{name}`, whom the team does not know", page.code)),
            Some(agent) if !agent.rules.contains(&page.code.to_string()) => wrong.push(format!(
                "{}: its page names `{name}`; add `  - {}` to `rules:` in server/agents/team/{name}.md",
                page.code, page.code
            )),
            Some(_) => {}
        }
    }
    let codes: BTreeSet<String> = engine.pages().map(|page| page.code.to_string()).collect();
    for agent in team.in_use() {
        for rule in agent.rules.iter().filter(|rule| !codes.contains(*rule)) {
            wrong.push(format!("server/agents/team/{}.md: there is no rule `{rule}`", agent.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
