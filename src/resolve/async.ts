/** `berkeley`'s functions of the resolver. */
import { asyncFace } from "../socket/async.js";
import { makeResolver, type Resolver } from "./resolver.js";

// One by one and typed by name, so that the declarations keep the documents of the interface.
const resolver: Resolver<"async"> = makeResolver<"async">(asyncFace);
/** @function */
export const getaddrinfo: Resolver<"async">["getaddrinfo"] = resolver.getaddrinfo;
/** @function */
export const getnameinfo: Resolver<"async">["getnameinfo"] = resolver.getnameinfo;
/** @function */
export const gethostbyname: Resolver<"async">["gethostbyname"] = resolver.gethostbyname;
/** @function */
export const gethostbynameEx: Resolver<"async">["gethostbynameEx"] = resolver.gethostbynameEx;
/** @function */
export const gethostbyaddr: Resolver<"async">["gethostbyaddr"] = resolver.gethostbyaddr;
/** @function */
export const getfqdn: Resolver<"async">["getfqdn"] = resolver.getfqdn;
