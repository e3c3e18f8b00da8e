//! Reads the pickle inside a PyTorch checkpoint, and nothing else that pickle can express.
//!
//! A general unpickler runs whatever code its input names. This one knows the opcodes of protocol 2 that
//! `torch.save` writes for a dictionary of tensors, builds plain data from them, and refuses every opcode and
//! every global it does not know. `serde-pickle` does not serve here: it has no persistent ids, which is how a
//! checkpoint refers to its tensors' storage.
//!
//! Pure: bytes in, data out. It must never call, import or construct anything the input names.

use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;

/// Where an object lives in [`Objects`]. Pickle memoises dictionaries before it fills them, so the stack and
/// the memo hold references rather than values.
type ObjectId = usize;

/// One unpickled object.
#[derive(Debug, Clone, PartialEq)]
enum Object {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
    Tuple(Vec<ObjectId>),
    Dict(Vec<(ObjectId, ObjectId)>),
    Global(Global),
    Storage(Storage),
    Tensor(TensorRef),
    /// Something allowed to be there and of no use here: the training set's class counts as NumPy scalars.
    Opaque,
    /// The bottom of a tuple or of a run of dictionary items.
    Mark,
}

/// The globals a checkpoint may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Global {
    OrderedDict,
    RebuildTensor,
    FloatStorage,
    LongStorage,
    Ignored,
}

impl Global {
    fn named(module: &str, name: &str) -> Result<Self> {
        Ok(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch", "FloatStorage") => Self::FloatStorage,
            ("torch", "LongStorage") => Self::LongStorage,
            ("numpy", "dtype") | ("numpy.core.multiarray", "scalar") | ("_codecs", "encode") => {
                Self::Ignored
            }
            _ => bail!(
                "the checkpoint names `{module}.{name}`, which a plain checkpoint does not need"
            ),
        })
    }
}

/// What the numbers of a storage are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// Little-endian 32-bit float.
    Float32,
    /// Little-endian 64-bit integer.
    Int64,
}

/// A flat run of numbers, kept in the checkpoint's archive as `data/<key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// The file's name under `data/`.
    pub key: String,
    /// What it holds.
    pub element_type: ElementType,
}

/// A tensor: a shaped view of a [`Storage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorRef {
    /// Where the numbers are.
    pub storage: Storage,
    /// First element of the view, counted in elements.
    pub offset: usize,
    /// Extent of each dimension.
    pub shape: Vec<usize>,
    /// Elements between neighbours along each dimension.
    pub stride: Vec<usize>,
}

/// Reads `pickle` and returns the named tensors of its state dictionary.
///
/// The state dictionary is the object itself or the first member of a tuple (`torch.save((state, …))`).
///
/// # Errors
/// On truncated input, an unknown opcode or global, or another structure than the one described.
pub fn read_state_dict(pickle: &[u8]) -> Result<HashMap<String, TensorRef>> {
    let mut machine = Machine {
        input: pickle,
        objects: Vec::new(),
        stack: Vec::new(),
        memo: HashMap::new(),
    };
    let root = machine
        .run()
        .context("the checkpoint's pickle cannot be read")?;
    let state = match machine.object(root)? {
        Object::Tuple(members) => *members
            .first()
            .context("the checkpoint is an empty tuple")?,
        _ => root,
    };
    let Object::Dict(items) = machine.object(state)? else {
        bail!("the checkpoint does not hold a state dictionary");
    };
    let mut tensors = HashMap::new();
    for (key, value) in items {
        let name = machine.text(*key)?;
        if let Object::Tensor(tensor) = machine.object(*value)? {
            tensors.insert(name.to_owned(), tensor.clone());
        }
    }
    Ok(tensors)
}

/// The stack machine pickle is written for.
struct Machine<'a> {
    input: &'a [u8],
    objects: Vec<Object>,
    stack: Vec<ObjectId>,
    memo: HashMap<u32, ObjectId>,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<ObjectId> {
        loop {
            match self.byte()? {
                0x80 => {
                    let version = self.byte()?;
                    ensure!(
                        version == 2,
                        "pickle protocol {version} where 2 is expected"
                    );
                }
                b'(' => self.push(Object::Mark),
                b'N' => self.push(Object::None),
                0x88 => self.push(Object::Bool(true)),
                0x89 => self.push(Object::Bool(false)),
                b'K' => {
                    let value = self.byte()?;
                    self.push(Object::Int(value.into()));
                }
                b'M' => {
                    let value = u16::from_le_bytes(self.array()?);
                    self.push(Object::Int(value.into()));
                }
                b'J' => {
                    let value = i32::from_le_bytes(self.array()?);
                    self.push(Object::Int(value.into()));
                }
                b'X' => {
                    let length = usize::try_from(u32::from_le_bytes(self.array()?))?;
                    let text = std::str::from_utf8(self.take(length)?)?.to_owned();
                    self.push(Object::Text(text));
                }
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    let global = Global::named(&module, &name)?;
                    self.push(Object::Global(global));
                }
                b'q' => {
                    let slot = self.byte()?;
                    self.memoise(slot.into())?;
                }
                b'r' => {
                    let slot = u32::from_le_bytes(self.array()?);
                    self.memoise(slot)?;
                }
                b'h' => {
                    let slot = self.byte()?;
                    self.recall(slot.into())?;
                }
                b'j' => {
                    let slot = u32::from_le_bytes(self.array()?);
                    self.recall(slot)?;
                }
                b')' => self.push(Object::Tuple(Vec::new())),
                0x85 => self.tuple(1)?,
                0x86 => self.tuple(2)?,
                0x87 => self.tuple(3)?,
                b't' => {
                    let members = self.pop_to_mark()?;
                    self.push(Object::Tuple(members));
                }
                b'}' => self.push(Object::Dict(Vec::new())),
                b's' => {
                    let items = self.pop_many(2)?;
                    self.set_items(&items)?;
                }
                b'u' => {
                    let items = self.pop_to_mark()?;
                    self.set_items(&items)?;
                }
                b'R' => self.reduce()?,
                b'Q' => self.persistent_id()?,
                // BUILD attaches attributes (`_metadata`, a dtype's byte order); none of them is data.
                b'b' => {
                    self.pop()?;
                }
                b'.' => return self.pop(),
                other => bail!("opcode {other:#04x} does not occur in a plain checkpoint"),
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<&[u8]> {
        let (taken, rest) = self
            .input
            .split_at_checked(length)
            .context("it ends too early")?;
        self.input = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into()?)
    }

    fn line(&mut self) -> Result<String> {
        let length = self
            .input
            .iter()
            .position(|&byte| byte == b'\n')
            .context("it ends within a name")?;
        let text = std::str::from_utf8(self.take(length)?)?.to_owned();
        self.take(1)?;
        Ok(text)
    }

    fn object(&self, id: ObjectId) -> Result<&Object> {
        self.objects.get(id).context("a reference points nowhere")
    }

    fn text(&self, id: ObjectId) -> Result<&str> {
        match self.object(id)? {
            Object::Text(text) => Ok(text),
            other => bail!("{other:?} where a text is expected"),
        }
    }

    fn size(&self, id: ObjectId) -> Result<usize> {
        match self.object(id)? {
            Object::Int(value) => Ok(usize::try_from(*value)?),
            other => bail!("{other:?} where a size is expected"),
        }
    }

    fn members(&self, id: ObjectId) -> Result<&[ObjectId]> {
        match self.object(id)? {
            Object::Tuple(members) => Ok(members),
            other => bail!("{other:?} where a tuple is expected"),
        }
    }

    fn sizes(&self, id: ObjectId) -> Result<Vec<usize>> {
        self.members(id)?
            .iter()
            .map(|&member| self.size(member))
            .collect()
    }

    fn push(&mut self, object: Object) {
        self.stack.push(self.objects.len());
        self.objects.push(object);
    }

    fn pop(&mut self) -> Result<ObjectId> {
        self.stack
            .pop()
            .context("it takes more from the stack than it put there")
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<ObjectId>> {
        let start = self
            .stack
            .len()
            .checked_sub(count)
            .context("it takes more from the stack than it put there")?;
        Ok(self.stack.split_off(start))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<ObjectId>> {
        let mark = self
            .stack
            .iter()
            .rposition(|&id| matches!(self.objects.get(id), Some(Object::Mark)))
            .context("a tuple without a beginning")?;
        let members = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(members)
    }

    fn memoise(&mut self, slot: u32) -> Result<()> {
        let top = *self.stack.last().context("nothing to remember")?;
        self.memo.insert(slot, top);
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<()> {
        let id = *self
            .memo
            .get(&slot)
            .context("it recalls what it never stored")?;
        self.stack.push(id);
        Ok(())
    }

    fn tuple(&mut self, count: usize) -> Result<()> {
        let members = self.pop_many(count)?;
        self.push(Object::Tuple(members));
        Ok(())
    }

    fn set_items(&mut self, items: &[ObjectId]) -> Result<()> {
        let target = *self.stack.last().context("items without a dictionary")?;
        let Some(Object::Dict(entries)) = self.objects.get_mut(target) else {
            bail!("items are set on something that is not a dictionary");
        };
        for pair in items.chunks(2) {
            let [key, value] = pair else {
                bail!("a dictionary key without a value")
            };
            entries.push((*key, *value));
        }
        Ok(())
    }

    fn reduce(&mut self) -> Result<()> {
        let arguments = self.pop()?;
        let callable = self.pop()?;
        let Object::Global(global) = *self.object(callable)? else {
            bail!("it calls something that is not a known global");
        };
        let built = match global {
            Global::OrderedDict => Object::Dict(Vec::new()),
            Global::Ignored => Object::Opaque,
            Global::RebuildTensor => Object::Tensor(self.tensor(arguments)?),
            Global::FloatStorage | Global::LongStorage => bail!("it calls a storage type"),
        };
        self.push(built);
        Ok(())
    }

    fn tensor(&self, arguments: ObjectId) -> Result<TensorRef> {
        let &[storage, offset, shape, stride, ..] = self.members(arguments)? else {
            bail!("a tensor is described by fewer than four values");
        };
        let Object::Storage(storage) = self.object(storage)? else {
            bail!("a tensor without a storage")
        };
        Ok(TensorRef {
            storage: storage.clone(),
            offset: self.size(offset)?,
            shape: self.sizes(shape)?,
            stride: self.sizes(stride)?,
        })
    }

    /// `("storage", type, key, device, elements)`.
    fn persistent_id(&mut self) -> Result<()> {
        let id = self.pop()?;
        let &[kind, element_type, key, _device, _elements] = self.members(id)? else {
            bail!("a persistent id of unknown form");
        };
        ensure!(
            self.text(kind)? == "storage",
            "a persistent id that is not a storage"
        );
        let element_type = match self.object(element_type)? {
            Object::Global(Global::FloatStorage) => ElementType::Float32,
            Object::Global(Global::LongStorage) => ElementType::Int64,
            other => bail!("{other:?} where a storage type is expected"),
        };
        let key = self.text(key)?.to_owned();
        self.push(Object::Storage(Storage { key, element_type }));
        Ok(())
    }
}

#[cfg(test)]
pub mod tests;
