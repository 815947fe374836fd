//! `portcullis authorize`: the answer to one request, and the approval of one.

use super::{Govern, Read, Refused, Step};
use crate::cli::{Output, Write};
use crate::govern::authorization::{Authorization, Decision, MOST_MINUTES, Terms, read};
use crate::govern::directory_of;
use crate::govern::envelope::{Envelope, PAYLOAD_TYPE, to_sign};
use crate::render;
use crate::workspace::Workspace;

/// What is asked, and what is signed where somebody approves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorize {
    /// The file of the request.
    pub request: String,
    /// The files of approvals.
    pub approvals: Vec<String>,
    /// Whether the answer is written as JSON.
    pub json: bool,
    /// The approval to give.
    pub approve: Option<Approve>,
}

/// An approval of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    /// Its kind.
    pub kind: String,
    /// For how many minutes.
    pub minutes: u32,
    /// Why.
    pub reason: Option<String>,
    /// The file that it is written to.
    pub write: String,
}

impl Authorize {
    pub(super) fn run(&self, govern: &Govern, read: &mut Read<'_>) -> Result<Step, Refused> {
        let text = read.required(&self.request)?;
        let unusable = |path: &str, why: String| Output::unreadable(path, &why);
        let request = read::request_text(&text).map_err(|why| unusable(&self.request, why))?;
        let mut approvals = Vec::new();
        for path in &self.approvals {
            let text = read.required(path)?;
            let envelope = read::envelope(&text).map_err(|why| unusable(path, why))?;
            approvals.push(envelope);
        }
        let people = read.optional(govern.directory.as_ref())?;
        let folder = govern.head.clone().unwrap_or_default();
        if let Some(approve) = &self.approve
            && read.texts.contains_key(&approve.write)
        {
            return Err(Output::usage(format!(
                "`{}` is there already",
                approve.write
            )));
        }
        let (key, signature) = (read.inputs.key, read.inputs.signature);
        let Some(workspace) = read.inputs.head.as_deref_mut() else {
            return Err(Output::usage("this needs a folder"));
        };
        if workspace.paths().next().is_none() {
            return Err(Output::empty(&folder));
        }
        let ask = |workspace: &mut Workspace, approvals: &[Envelope]| {
            let answer = workspace.authorize(&request, approvals, people.as_deref(), govern.as_of);
            // Where nothing can be decided, that is about the bundle, the request or both.
            answer.map_err(|why| Output {
                stderr: format!("error: {why}\n"),
                exit: 2,
                ..Output::default()
            })
        };
        let answer = ask(workspace, &approvals)?;
        let Some(approve) = &self.approve else {
            return Ok(Step::Done(self.said(&answer)));
        };
        if answer.decision == Decision::Deny {
            return Err(Output::refused(
                "the policies deny this request, and no approval can make up for it",
            ));
        }
        let key = key.ok_or_else(|| Output::usage("this needs `--key`"))?;
        let expires = govern.as_of.plus_minutes(i64::from(approve.minutes));
        let expires = expires.ok_or_else(|| Output::usage("`--minutes` leads beyond all times"))?;
        let (directory, _) = directory_of(workspace, people.as_deref());
        let (name, person) = (directory.owner_of(&key))
            .ok_or_else(|| Output::refused("the directory has nobody with this key"))?;
        let terms = Terms {
            person: name.to_owned(),
            issuer: person.issuer.clone(),
            kind: approve.kind.clone(),
            time: govern.as_of,
            expires,
            reason: approve.reason.clone(),
        };
        let payload = terms.payload(&answer.label, &answer.request);
        let Some(signature) = signature else {
            return Ok(Step::Sign(to_sign(PAYLOAD_TYPE, &payload)));
        };
        if !key.verifies(&to_sign(PAYLOAD_TYPE, &payload), &signature) {
            return Err(Output::refused("the signature is not that of this key"));
        }
        let envelope = Envelope::new(payload, key.to_string(), &signature);
        let given = serde_json::to_string_pretty(&envelope.to_json()).unwrap_or_default();
        let number = approvals.len();
        approvals.push(envelope);
        let answer = ask(workspace, &approvals)?;
        if let Some((_, why)) = answer.discounted.iter().find(|(of, _)| *of == number) {
            return Err(Output::refused(&format!("this would not count: {why}")));
        }
        Ok(Step::Done(Output {
            stderr: format!(
                "`{name}` approved {}: `{}` until {expires}\n",
                answer.label, approve.kind
            ),
            writes: vec![Write::whole(&approve.write, format!("{given}\n"), None)],
            ..Output::default()
        }))
    }

    fn said(&self, answer: &Authorization) -> Output {
        Output {
            stdout: match self.json {
                true => render::authorization_json(answer) + "\n",
                false => render::authorization_text(answer),
            },
            exit: u8::from(answer.decision != Decision::Allow),
            ..Output::default()
        }
    }
}

/// For how many minutes an approval counts unless that is said.
pub const MINUTES: u32 = 15;

/// The most minutes.
pub const MOST: u32 = MOST_MINUTES as u32;
