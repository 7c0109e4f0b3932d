/** `berkeley/sync`'s functions of the resolver. */
import { syncFace } from "../socket/sync.js";
import { makeResolver, type Resolver } from "./resolver.js";

// One by one and typed by name, so that the declarations keep the documents of the interface.
const resolver: Resolver<"sync"> = makeResolver<"sync">(syncFace);
/** @function */
export const getaddrinfo: Resolver<"sync">["getaddrinfo"] = resolver.getaddrinfo;
/** @function */
export const getnameinfo: Resolver<"sync">["getnameinfo"] = resolver.getnameinfo;
/** @function */
export const gethostbyname: Resolver<"sync">["gethostbyname"] = resolver.gethostbyname;
/** @function */
export const gethostbynameEx: Resolver<"sync">["gethostbynameEx"] = resolver.gethostbynameEx;
/** @function */
export const gethostbyaddr: Resolver<"sync">["gethostbyaddr"] = resolver.gethostbyaddr;
/** @function */
export const getfqdn: Resolver<"sync">["getfqdn"] = resolver.getfqdn;
