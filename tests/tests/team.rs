//! The team and the rules know one another: whose a rule is says its page.

use pyteam_agents::team::Owners;
use pyteam_agents::{Clues, Team, routing};

#[test]
fn every_rule_has_an_owner_in_the_team() {
    let team = Team::of_pyteam(&Owners::new());
    let mut wrong = Vec::new();
    for rule in pyteam_rules::all() {
        let page = rule.page();
        match &page.agent {
            None => wrong.push(format!("{}: its page names no `agent`", page.code)),
            Some(name) if team.get(name).is_none() => {
                wrong.push(format!("{}: its page names `{name}`, whom the team does not know", page.code));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_page_of_the_team_lists_rules() {
    let team = Team::of_pyteam(&Owners::new());
    let listing: Vec<_> = team.in_use().filter(|agent| !agent.rules.is_empty()).map(|agent| &agent.name).collect();
    assert!(listing.is_empty(), "take `rules` off these pages, `agent` on the rules' pages says it: {listing:?}");
}

#[test]
fn a_finding_goes_to_the_owner_that_its_rules_page_names() {
    let owners = pyteam_rules::owners();
    let team = Team::of_pyteam(&owners);
    let rules = owners.iter().flat_map(|(agent, rules)| rules.iter().map(move |rule| (agent, rule)));
    let mut count = 0;
    for (agent, rule) in rules {
        assert_eq!(&routing::owner(&team, rule).expect("an owner").agent, agent);
        let clues = Clues {
            finding_rule: Some(rule.clone()),
            imports: vec!["torch".into(), "fastapi".into(), "pandas".into()],
            path: Some("tests/test_x.py".into()),
            ..Clues::default()
        };
        let choice = routing::route(&team, &clues).remove(0);
        assert_eq!((&choice.agent, choice.reason), (agent, format!("owns the rule `{rule}`")));
        count += 1;
    }
    assert_eq!(count, pyteam_rules::all().len());
}
