/** Gives `memory` away as far as the runtime lets a program, and returns what it is then: a copy where Node 20 makes one, and
 * `memory` itself where it may not be given away. */
export function transfer(memory: ArrayBuffer): ArrayBuffer {
  const own = memory as ArrayBuffer & { transfer?(): ArrayBuffer };
  try {
    // Since Node 21; up to 23 it takes what must not be transferred, too.
    if (own.transfer !== undefined) return own.transfer();
    return structuredClone(memory, { transfer: [memory] });
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "DataCloneError") return memory;
    throw error;
  }
}

/** Has `look` see each size before `Buffer.allocUnsafeSlow` gives memory of it, until what this gives is called. */
export function beforeAllocations(look: (size: number) => void): () => void {
  const { allocUnsafeSlow } = Buffer;
  Buffer.allocUnsafeSlow = (size) => {
    look(size);
    return allocUnsafeSlow(size);
  };
  return () => {
    Buffer.allocUnsafeSlow = allocUnsafeSlow;
  };
}
