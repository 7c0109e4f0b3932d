/** Transfers `memory` if the runtime lets a program do that, and returns what it is then: in Node 20 a copy
 * of it, and `memory` itself if it may not be transferred. */
export function transfer(memory: ArrayBuffer): ArrayBuffer {
  const own = memory as ArrayBuffer & { transfer?(): ArrayBuffer };
  try {
    // Since Node 21. Up to 23 it takes even what must not be transferred.
    if (own.transfer !== undefined) return own.transfer();
    return structuredClone(memory, { transfer: [memory] });
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "DataCloneError") return memory;
    throw error;
  }
}

/** Calls `look` with each size before `Buffer.allocUnsafeSlow` makes memory of it, until the function that it
 *  returns is called. */
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
