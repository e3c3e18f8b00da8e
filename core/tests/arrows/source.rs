//! Reads Rust sources as a compiler's first pass does: which modules there are, what each defines, imports and names.
//!
//! Owns nothing but what it returns. It follows `mod` lines from a crate's root, so that code for tests only is never
//! read, and it looks at tokens alone: it must never guess at types, and what a macro makes is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A name with all that stands before it: `["crate", "store", "Store"]`.
pub type Name = Vec<String>;

/// One module of a crate, in a file of its own or inline.
#[derive(Debug, Default)]
pub struct Module {
    /// The file it is in, from the repository's root.
    pub file: String,
    pub parent: Option<usize>,
    /// The modules in it, by name, as places in [`Crate::modules`].
    pub children: BTreeMap<String, usize>,
    /// What it defines besides modules.
    pub defined: BTreeSet<String>,
    /// What it imports and hands on, under the name that it has here.
    pub imported: BTreeMap<String, Name>,
    /// Modules of which it imports everything.
    pub globs: Vec<Name>,
    /// Every path of two or more names in its items.
    pub mentioned: BTreeSet<Name>,
}

/// One crate as its modules; the first is the root.
#[derive(Debug)]
pub struct Crate {
    pub modules: Vec<Module>,
}

impl Crate {
    /// Reads the crate whose root file is `root`, from the repository's folder `repository`.
    pub fn read(repository: &Path, root: &str) -> Self {
        let mut crate_ = Self {
            modules: Vec::new(),
        };
        let folder = Path::new(root).parent().unwrap().to_owned();
        crate_.read_file(repository, Path::new(root), &folder, None);
        crate_
    }

    fn read_file(
        &mut self,
        repository: &Path,
        file: &Path,
        folder: &Path,
        parent: Option<usize>,
    ) -> usize {
        let text = fs::read_to_string(repository.join(file)).unwrap();
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_module(repository, file, folder, parent, tokens)
    }

    /// `folder` is where the files of the module's children are.
    fn read_module(
        &mut self,
        repository: &Path,
        file: &Path,
        folder: &Path,
        parent: Option<usize>,
        tokens: TokenStream,
    ) -> usize {
        let own = self.modules.len();
        self.modules.push(Module {
            file: file.to_str().unwrap().replace('\\', "/"),
            parent,
            ..Module::default()
        });
        for item in items(tokens) {
            let Item::Module { name, content } = item else {
                self.modules[own].take(item);
                continue;
            };
            let below = folder.join(&name);
            let child = match content {
                Some(content) => self.read_module(repository, file, &below, Some(own), content),
                None => {
                    let file = child_file(repository, folder, &name);
                    self.read_file(repository, &file, &below, Some(own))
                }
            };
            self.modules[own].children.insert(name, child);
        }
        own
    }
}

/// The file of the module `name` whose parent's children are in `folder`.
fn child_file(repository: &Path, folder: &Path, name: &str) -> PathBuf {
    let flat = folder.join(format!("{name}.rs"));
    if repository.join(&flat).is_file() {
        flat
    } else {
        folder.join(name).join("mod.rs")
    }
}

impl Module {
    fn take(&mut self, item: Item) {
        match item {
            Item::Use(tokens) => self.import(&tokens),
            Item::Other { name, tokens } => {
                self.defined.extend(name);
                self.mention(&tokens);
            }
            Item::Module { .. } => {}
        }
    }

    fn import(&mut self, tokens: &[Token]) {
        let mut imports = Vec::new();
        use_tree(tokens, &mut 0, &[], &mut imports);
        for (name, alias) in imports {
            match alias.as_deref() {
                Some("*") => self.globs.push(name),
                Some("_") | None => {
                    self.mentioned.insert(name);
                }
                Some(alias) => {
                    self.imported.insert(alias.to_owned(), name);
                }
            }
        }
    }

    /// Notes every path in `tokens`, and the imports that stand inside functions.
    fn mention(&mut self, tokens: &[Token]) {
        let mut at = 0;
        while at < tokens.len() {
            let Token::Word(first) = &tokens[at] else {
                at += 1;
                continue;
            };
            if first == "use" && !matches!(tokens.get(at + 1), Some(Token::Mark('<'))) {
                let end = tokens[at..]
                    .iter()
                    .position(|token| *token == Token::Mark(';'))
                    .map_or(tokens.len(), |length| at + length);
                self.import(&tokens[at + 1..end]);
                at = end;
                continue;
            }
            let mut path = vec![first.clone()];
            while let (Some(Token::Separator), Some(Token::Word(next))) =
                (tokens.get(at + 1), tokens.get(at + 2))
            {
                path.push(next.clone());
                at += 2;
            }
            at += 1;
            if path.len() > 1 {
                self.mentioned.insert(path);
            }
        }
    }
}

/// What a path can be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Separator,
    Mark(char),
}

enum Item {
    Use(Vec<Token>),
    Module {
        name: String,
        content: Option<TokenStream>,
    },
    Other {
        name: Option<String>,
        tokens: Vec<Token>,
    },
}

/// The items of a module, without those that are for tests only.
fn items(tokens: TokenStream) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest: Vec<TokenTree> = Vec::new();
    for token in tokens {
        rest.push(token);
        if ends_item(&rest) {
            items.extend(item(&std::mem::take(&mut rest)));
        }
    }
    items
}

/// Whether `tokens` are an item as a whole.
fn ends_item(tokens: &[TokenTree]) -> bool {
    match tokens.last() {
        Some(TokenTree::Punct(mark)) => mark.as_char() == ';',
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let keyword = keyword(tokens);
            !matches!(
                keyword.as_deref(),
                Some("use" | "const" | "static" | "type")
            )
        }
        _ => false,
    }
}

/// The word that says what kind of item begins with `tokens`.
fn keyword(tokens: &[TokenTree]) -> Option<String> {
    position_of_keyword(tokens).map(|at| tokens[at].to_string())
}

fn position_of_keyword(tokens: &[TokenTree]) -> Option<usize> {
    let is = |at: usize, word: &str| matches!(tokens.get(at), Some(TokenTree::Ident(ident)) if ident == word);
    (0..tokens.len()).find(|&at| match &tokens[at] {
        TokenTree::Ident(ident) => match ident.to_string().as_str() {
            "const" => !["fn", "unsafe", "async", "extern"]
                .iter()
                .any(|word| is(at + 1, word)),
            "pub" | "unsafe" | "async" | "extern" | "default" => false,
            _ => true,
        },
        _ => false,
    })
}

fn item(tokens: &[TokenTree]) -> Option<Item> {
    if is_for_tests(tokens) {
        return None;
    }
    let at = position_of_keyword(tokens)?;
    let name = tokens[at + 1..].iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident != "mut" => Some(ident.to_string()),
        _ => None,
    });
    match tokens[at].to_string().as_str() {
        "use" => Some(Item::Use(flat(&tokens[at + 1..]))),
        "mod" => Some(Item::Module {
            name: name?,
            content: match tokens.last() {
                Some(TokenTree::Group(group)) => Some(group.stream()),
                _ => None,
            },
        }),
        "impl" => Some(Item::Other {
            name: None,
            tokens: flat(tokens),
        }),
        _ => Some(Item::Other {
            name,
            tokens: flat(tokens),
        }),
    }
}

/// Whether `#[cfg(test)]` stands before it.
fn is_for_tests(tokens: &[TokenTree]) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            let text = group.stream().to_string().replace(' ', "");
            text == "cfg(test)" || text.starts_with("cfg(all(test,")
        }
        _ => false,
    })
}

/// All tokens in the order in which they stand, those in brackets included.
fn flat(tokens: &[TokenTree]) -> Vec<Token> {
    let mut flattened = Vec::new();
    flatten(tokens.iter().cloned(), &mut flattened);
    flattened
}

fn flatten(tokens: impl Iterator<Item = TokenTree>, into: &mut Vec<Token>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => into.push(Token::Word(ident.to_string())),
            TokenTree::Punct(mark) => match (mark.as_char(), into.last()) {
                (':', Some(Token::Mark(':'))) => {
                    into.pop();
                    into.push(Token::Separator);
                }
                (mark, _) => into.push(Token::Mark(mark)),
            },
            TokenTree::Literal(_) => into.push(Token::Mark('"')),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ('{', '}'),
                    _ => ('(', ')'),
                };
                into.push(Token::Mark(open));
                flatten(group.stream().into_iter(), into);
                into.push(Token::Mark(close));
            }
        }
    }
}

/// Reads what an import names from `at` on, up to the `,` or `}` that ends it: each path with the name that it gets here, `*` for all.
fn use_tree(
    tokens: &[Token],
    at: &mut usize,
    before: &[String],
    into: &mut Vec<(Name, Option<String>)>,
) {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(*at) {
        match token {
            Token::Word(word) if word == "as" => {
                let Some(Token::Word(alias)) = tokens.get(*at + 1) else {
                    return;
                };
                *at += 2;
                into.push((path, Some(alias.clone())));
                return;
            }
            Token::Word(word) => path.push(word.clone()),
            Token::Separator => {}
            Token::Mark('*') => {
                *at += 1;
                into.push((path, Some(String::from("*"))));
                return;
            }
            Token::Mark('{') => {
                *at += 1;
                while !matches!(tokens.get(*at), Some(Token::Mark('}')) | None) {
                    use_tree(tokens, at, &path, into);
                    if tokens.get(*at) == Some(&Token::Mark(',')) {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            Token::Mark(_) => break,
        }
        *at += 1;
    }
    if path.len() > before.len() {
        // `use room::{self}` means the room itself.
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let alias = path.last().cloned();
        into.push((path, alias));
    }
}
