"""Fits the polynomials of erf in Sources/CKernels/activations.h (pip install numpy mpmath) and prints coefficients and errors."""
import numpy as np, mpmath as mp
from numpy.polynomial import chebyshev as C, polynomial as P
def fit(f,a,b,deg):
    # Lawson-weighted Chebyshev fit in high-res, returned as power basis
    x=np.cos(np.linspace(0,np.pi,4001))*(b-a)/2+(a+b)/2
    y=np.array([float(f(mp.mpf(float(v)))) for v in x]); w=np.ones_like(x)
    for _ in range(60):
        c=P.polyfit(x,y,deg,w=np.sqrt(w)); e=np.abs(P.polyval(x,c)-y); w=w*(e+1e-30); w/=w.sum()
    return c,e.max()
mp.mp.dps=40
# erf small: erf(x)/x in x^2 over [0,0.92^2]
c,e=fit(lambda u: mp.erf(mp.sqrt(u))/mp.sqrt(u) if u>1e-20 else 2/mp.sqrt(mp.pi),0,0.9216,6); print('small',[float(np.float32(v)) for v in c],e)
c,e=fit(lambda t: mp.log(mp.erfc(t)),0.92,4.0,9); print('large',[float(np.float32(v)) for v in c],e)
